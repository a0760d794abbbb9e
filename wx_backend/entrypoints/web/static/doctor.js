/* Comfort for the bedside pages: every page also works without it. No inline code, no eval. */
(function () {
  'use strict';
  var doc = document, skew = 0, kept = {}, told = false;
  var all = function (css, root) { return [].slice.call((root || doc).querySelectorAll(css)); };
  var one = function (css) { return doc.querySelector(css); };

  // Clocks run by the server's time, which the page brought along.
  function level() {
    var live = one('[data-now]');
    if (live) skew = Number(live.dataset.now) - Date.now();
  }
  function tick() {
    all('[data-due]').forEach(function (el) {
      var left = Math.round((Number(el.dataset.due) - Date.now() - skew) / 1000), late = left < 0;
      var hours = Math.floor(Math.abs(left) / 3600), minutes = Math.floor(Math.abs(left) / 60) % 60;
      var tail = ('0' + Math.abs(left) % 60).slice(-2);
      el.classList.toggle('late', late);
      el.textContent = (late ? '已超时 ' : '还有 ') +
        (hours ? hours + ':' + ('0' + minutes).slice(-2) : minutes) + ':' + tail;
    });
  }

  // What was typed stays when news bring the same form again.
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
          if (!tile) field.value = was[2];
          else if (field.value === was[2]) field.checked = was[1];
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
    if (topic.indexOf('me:') === 0 && data && data.state === 'RAISED') ring();
    if (!data || !about || data.alert === about) refresh();
  }

  // A sound for what is new; a phone lets a page sound only after its owner asked for it.
  var audio = null, bell = one('[data-bell]');
  function ring() {
    if (navigator.vibrate) navigator.vibrate([300, 150, 300]);
    if (!audio || audio.state !== 'running') return;
    [0, 0.35, 0.7].forEach(function (after) {
      var note = audio.createOscillator(), level = audio.createGain(), at = audio.currentTime + after;
      note.frequency.value = 880;
      level.gain.setValueAtTime(0.3, at);
      level.gain.exponentialRampToValueAtTime(0.001, at + 0.3);
      note.connect(level).connect(audio.destination);
      note.start(at);
      note.stop(at + 0.3);
    });
  }
  function sound() {
    var on = bell.getAttribute('aria-pressed') !== 'true';
    audio = audio || new window.AudioContext();
    (on ? audio.resume() : audio.suspend()).then(function () {
      bell.setAttribute('aria-pressed', String(on));
      one('[data-bell] span').textContent = on ? '提示音已开启' : '开启提示音';
      if (on) ring();
    });
  }
  if (bell && window.AudioContext) {
    bell.hidden = false;
    bell.addEventListener('click', sound);
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
    level();
    tick();
    if (told && one('h1')) doc.getElementById('heard').textContent = '已更新：' + one('h1').textContent.trim();
  });
  doc.addEventListener('htmx:sendError', function () { standing(false); });
  doc.addEventListener('htmx:timeout', function () { standing(false); });
  doc.addEventListener('htmx:responseError', function (event) {
    if (event.detail.xhr.status === 404 || event.detail.xhr.status === 403) location.reload();
    else standing(false);
  });

  level();
  tick();
  setInterval(tick, 500);
  window.follow(JSON.parse(doc.body.dataset.topics), 'staff', news, standing);
})();
