/* Comfort for the patient pages: every page also works without it. No inline code, no eval. */
(function () {
  'use strict';
  var doc = document;
  var all = function (css, root) { return [].slice.call((root || doc).querySelectorAll(css)); };
  var one = function (css, root) { return (root || doc).querySelector(css); };

  // Read the page aloud; the button stays hidden where the browser cannot speak.
  function speech() {
    var button = one('[data-read]'), voice = window.speechSynthesis;
    if (!button || !voice || !window.SpeechSynthesisUtterance) return;
    button.hidden = false;
    button.onclick = function () {
      var on = button.getAttribute('aria-pressed') !== 'true';
      voice.cancel();
      button.setAttribute('aria-pressed', String(on));
      if (!on) return;
      var words = new window.SpeechSynthesisUtterance(one('main').innerText);
      words.lang = doc.documentElement.lang;
      words.onend = function () { button.setAttribute('aria-pressed', 'false'); };
      voice.speak(words);
    };
  }

  // The bottom bar repeats the chosen slot.
  function picked(input) {
    all('[data-picked]').forEach(function (el) { el.textContent = input.dataset[el.dataset.picked]; });
  }

  // data-left: seconds until a hold ends. At zero the server is asked what became of it.
  function countdown(el) {
    var most = Number(el.dataset.left), end = Date.now() + (1 + most) * 1000, out = one('[data-clock]');
    all('[data-still]').forEach(function (still) { still.hidden = true; });
    el.hidden = false;
    (function tick() {
      var left = Math.min(most, Math.max(0, Math.floor((end - Date.now()) / 1000)));
      out.textContent = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60]
        .slice(left < 3600 ? 1 : 0)
        .map(function (part, n) { return n ? ('0' + part).slice(-2) : part; }).join(':');
      if (left) setTimeout(tick, 500); else location.reload();
    })();
  }

  // One submit a form: a second tap on a slow line must not ask twice.
  function guard(event) {
    var form = event.target;
    if (form.getAttribute('method') !== 'post') return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = '1';
    all('button', form).concat(all('button[form="' + form.id + '"]')).forEach(function (button) {
      setTimeout(function () { button.disabled = true; });
    });
  }
  function release() {
    all('form[data-sent]').forEach(function (form) {
      delete form.dataset.sent;
      all('button', form).forEach(function (button) { button.disabled = false; });
    });
  }

  // The cashier of the app around us. Whatever it answers, only the server knows whether it was
  // paid: go and ask.
  var CASHIERS = {
    wechat: {
      bridge: 'WeixinJSBridge',
      open: function (bridge, params, go) { bridge.invoke('getBrandWCPayRequest', params, go); },
      closed: function (answer) { return answer.err_msg === 'get_brand_wcpay_request:cancel'; }
    },
    alipay: {
      bridge: 'AlipayJSBridge',
      open: function (bridge, params, go) { bridge.call('tradePay', params, go); },
      closed: function (answer) { return answer.resultCode === '6001'; }
    }
  };
  function launch(el) {
    var cashier = CASHIERS[el.dataset.pay];
    var go = function (answer) {
      location.replace(cashier.closed(answer) ? el.dataset.again : el.dataset.result);
    };
    var open = function () {
      cashier.open(window[cashier.bridge], JSON.parse(el.textContent), go);
    };
    if (window[cashier.bridge]) open();
    else doc.addEventListener(cashier.bridge + 'Ready', open);
  }

  function offline(down) {
    all('[data-offline]').forEach(function (el) { el.hidden = !down; });
  }

  // Pull down to load again, only where a page asks for it.
  function pull(page) {
    var start = null, tip = one('.ptr'), far = false;
    page.addEventListener('touchstart', function (e) {
      start = window.scrollY === 0 ? e.touches[0].clientY : null;
    }, {passive: true});
    page.addEventListener('touchmove', function (e) {
      far = start !== null && e.touches[0].clientY - start > 70;
      tip.classList.toggle('pull', far);
    }, {passive: true});
    page.addEventListener('touchend', function () { if (far) location.reload(); });
  }

  // Words that were searched for stay in this browser, newest first; without storage there are none.
  function recent(box) {
    var shelf = window.localStorage, kept = JSON.parse(shelf && shelf.getItem('searches') || '[]'), form = one('form.search');
    if (!shelf) return;
    if (form) form.addEventListener('submit', function () {
      var words = form.elements.q.value.trim();
      kept = [words].concat(kept.filter(function (each) { return each !== words; })).slice(0, 8);
      if (words) shelf.setItem('searches', JSON.stringify(kept));
    });
    if (!box || !kept.length) return;
    kept.forEach(function (words) {
      var link = doc.createElement('a');
      link.textContent = words;
      link.href = box.dataset.recent + '?q=' + encodeURIComponent(words);
      one('nav', box).appendChild(link);
    });
    one('button', box).onclick = function () { shelf.removeItem('searches'); kept = []; box.hidden = true; };
    box.hidden = false;
  }

  // data-copy: puts a field's text on the clipboard; hidden where the browser cannot.
  function copies(button) {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.onclick = function () {
      navigator.clipboard.writeText(one(button.dataset.copy).value).then(function () {
        button.textContent = button.dataset.done;
      });
    };
  }

  // What was swapped in or loaded: show the chosen day, repeat the chosen slot.
  function fresh(root) {
    all('.strip [aria-current]', root).forEach(function (el) {
      var strip = el.parentNode, right = el.offsetLeft - strip.offsetLeft + el.offsetWidth;
      if (right > strip.clientWidth) strip.scrollLeft = right - strip.clientWidth + 90;
    });
    all('.slot input:checked', root).forEach(picked);
  }

  // The bottom bar adds up what is ticked.
  function total(form) {
    var fen = all('[data-fen]:checked', form).reduce(function (sum, box) { return sum + Number(box.dataset.fen); }, 0);
    one('[data-total]', form).textContent = '¥' + (fen / 100).toFixed(2);
  }

  // data-fill: a tap puts the button's value into a field; without JavaScript it is typed.
  function fills(row) {
    row.hidden = false;
    row.onclick = function (e) { if (e.target.value) one(row.dataset.fill).value = e.target.value; };
  }

  doc.addEventListener('change', function (e) {
    if (e.target.closest('.slot')) picked(e.target);
    if (e.target.dataset.fen) total(e.target.form);
  });
  doc.addEventListener('submit', guard);
  doc.addEventListener('htmx:afterSettle', function (e) { offline(false); fresh(e.target); });
  doc.addEventListener('htmx:sendError', function () { offline(true); });
  doc.addEventListener('htmx:timeout', function () { offline(true); });
  window.addEventListener('pageshow', release);
  window.addEventListener('offline', function () { offline(true); });
  window.addEventListener('online', function () { offline(false); });
  all('[data-left]').forEach(countdown);
  all('[data-pay]').forEach(launch);
  all('[data-ptr]').forEach(pull);
  all('[data-copy]').forEach(copies);
  all('[data-fill]').forEach(fills);
  speech();
  fresh(doc);
  recent(one('[data-recent]'));
})();
