/* Comfort for the bedside pages: every page also works without it. No inline code, no eval. */
(function () {
  'use strict';
  var doc = document, alarm = window.alarm, kept = {}, told = false;
  var words = JSON.parse(doc.body.dataset.words);
  var all = function (css, root) { return [].slice.call((root || doc).querySelectorAll(css)); };
  var one = function (css) { return doc.querySelector(css); };

  // What was typed stays when news bring the same form again, and so does what was typed since.
  function remember() {
    kept = {};
    all('form.step').forEach(function (form) {
      kept[form.getAttribute('action')] = all('input:not([type=hidden]), textarea', form).map(function (field) {
        return [field.name, field.checked === true, field.value];
      });
    });
  }
  function restore() {
    all('form.step').forEach(function (form) {
      var fields = all('input:not([type=hidden]), textarea', form);
      (kept[form.getAttribute('action')] || []).forEach(function (was) {
        fields.forEach(function (field) {
          var tile = field.type === 'radio' || field.type === 'checkbox';
          if (field.name !== was[0]) return;
          if (!tile) field.value = was[2] || field.value;
          else if (field.value === was[2]) field.checked = was[1] || field.checked;
        });
      });
    });
    kept = {};
  }

  // A form on its way is not swapped away under its sender; its answer is newer than the news.
  function refresh() {
    var live = doc.getElementById('live');
    if (live && !one('form.htmx-request')) window.htmx.trigger(live, 'news');
  }
  function news(topic, data) {
    var live = doc.getElementById('live');
    var about = live && live.dataset.alert;
    if (topic.indexOf('me:') === 0 && data && data.state === 'RAISED') {
      if (navigator.vibrate) navigator.vibrate([300, 150, 300]);
      alarm.ring();
    }
    if (!data || !about || data.alert === about) refresh();
  }

  // One submit a form: a second tap on a slow line must not ask twice.
  doc.addEventListener('submit', function (event) {
    var form = event.target;
    if (form.method !== 'post' || form.hasAttribute('hx-post')) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = '1';
  });
  window.addEventListener('pageshow', function (event) {
    all('form[data-sent]').forEach(function (form) { delete form.dataset.sent; });
    if (event.persisted) location.reload();
  });

  function standing(up) {
    all('[data-offline]').forEach(function (el) { el.hidden = up; });
  }
  doc.addEventListener('htmx:beforeSwap', function (event) {
    var why = event.detail.requestConfig.triggeringEvent;
    told = Boolean(why) && why.type === 'news';
    if (told) remember();
  });
  doc.addEventListener('htmx:afterSettle', function () {
    restore();
    alarm.level();
    if (told && one('h1')) doc.getElementById('heard').textContent = words.news.replace('%(what)s', one('h1').textContent.trim());
  });
  doc.addEventListener('htmx:sendError', function () { standing(false); });
  doc.addEventListener('htmx:timeout', function () { standing(false); });
  doc.addEventListener('htmx:responseError', function (event) {
    if (event.detail.xhr.status === 404 || event.detail.xhr.status === 403) location.reload();
    else standing(false);
  });

  alarm.bell(one('[data-bell]'), words);
  alarm.clocks(words, function () {});
  window.follow(JSON.parse(doc.body.dataset.topics), 'staff', news, standing);
})();
