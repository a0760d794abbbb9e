/* The board of critical values, and one alert at a desk: news by themselves, clocks, the alarm.
   Without it the board loads itself anew and every form works. */
(function () {
  'use strict';
  var doc = document, REMIND = 30000, title = doc.title, seen = 0, waiting = null;
  function one(css) { return doc.querySelector(css); }
  function all(css) { return [].slice.call(doc.querySelectorAll(css)); }
  var bar = one('[data-topics]'), about = bar.dataset.about, words = JSON.parse(doc.body.dataset.words);

  // The same news often come in groups: the list is read once for all of them.
  function refresh() {
    clearTimeout(waiting);
    waiting = setTimeout(function () {
      var list = doc.getElementById('list');
      if (list) window.htmx.trigger(list, 'news');
    }, 150);
  }
  function news(topic, data) {
    if (!about) refresh();
    else if (!data || data.alert === about) one('[data-changed]').hidden = false;
    if (window.watch) window.watch();
  }
  function standing(up) {
    var chip = one('[data-standing]');
    if (!chip) return;
    chip.textContent = up ? words.live : words.down;
    chip.classList.toggle('up', up);
  }

  // Something that needs a person now: a bar with a link, the title of the tab, the sound.
  function alarm(rows, what) {
    var box = one('[data-alarm]');
    if (!box || !rows.length) return;
    box.textContent = '';
    rows.slice(0, 3).forEach(function (row) {
      var link = doc.createElement('a');
      link.href = row.querySelector('.acts a').href;
      link.textContent = what + words.colon + row.dataset.said;
      box.appendChild(link);
    });
    if (rows.length > 3) box.appendChild(doc.createTextNode(words.more.replace('%(n)s', rows.length)));
    box.hidden = false;
    doc.title = '● ' + what + ' · ' + title;
    window.alarm.ring();
  }
  function calm() {
    var late = all('tr[data-open] .due.late').length, raised = all('tr[data-raised-state]').length;
    if (late || raised) return;
    doc.title = title;
    if (one('[data-alarm]')) one('[data-alarm]').hidden = true;
  }
  function fresh() {
    if (about) return;
    var rows = all('tr[data-open]').filter(function (row) { return Number(row.dataset.raised) > seen; });
    seen = Math.max(seen, Number(one('[data-now]').dataset.now));
    rows.forEach(function (row) {
      row.classList.add('fresh');
      setTimeout(function () { row.classList.remove('fresh'); }, 6000);
    });
    calm();
    alarm(rows, words.fresh);
  }

  doc.addEventListener('htmx:afterSettle', function () {
    window.alarm.level();
    fresh();
  });
  if (!about) window.alarm.bell(one('[data-bell]'), words);
  window.alarm.clocks(words, function (el) {
    var row = el.closest('tr');
    if (!row) return;
    row.classList.add('hot');
    alarm([row], words.over);
  });
  setInterval(function () {
    if (all('tr[data-open] .due.late').length) window.alarm.ring();
  }, REMIND);
  seen = Number(one('[data-now]').dataset.now);
  window.follow(JSON.parse(bar.dataset.topics), 'staff', news, standing);
})();
