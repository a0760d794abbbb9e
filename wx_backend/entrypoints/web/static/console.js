/* Comfort for the console: every page also works without it. No inline code, no eval. */
(function () {
  'use strict';
  var doc = document;

  // One submit a form; what cannot be undone asks first.
  doc.addEventListener('submit', function (event) {
    var form = event.target, words = form.dataset.confirm;
    if (form.method !== 'post' || 'again' in form.dataset) return;
    if (form.dataset.sent || (words && !window.confirm(words))) return event.preventDefault();
    form.dataset.sent = '1';
  });
  window.addEventListener('pageshow', function () {
    [].forEach.call(doc.querySelectorAll('form[data-sent]'), function (form) { delete form.dataset.sent; });
  });

  doc.addEventListener('click', function (event) {
    if (event.target.closest('[data-print]')) window.print();
  });

  // A list on its way is dimmed; one that did not come says so.
  function list(step) {
    return function (event) {
      var el = doc.getElementById('list');
      if (event.detail.target !== el) return; // the alarm asks too
      if (el) el.classList.toggle('waiting', step === 'ask');
      if (el && step === 'lost') el.insertAdjacentHTML('afterbegin',
        '<p class="alert alert-warning" role="alert">' + JSON.parse(doc.body.dataset.words).lost + '</p>');
    };
  }
  doc.addEventListener('htmx:beforeRequest', list('ask'));
  doc.addEventListener('htmx:afterRequest', list('come'));
  doc.addEventListener('htmx:sendError', list('lost'));
  doc.addEventListener('htmx:responseError', list('lost'));
})();
