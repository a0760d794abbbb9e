/* The board of critical values, and one alert at a desk: news by themselves, clocks, the alarm.
   Without it the board loads itself anew and every form works. */
(function () {
  'use strict';
  var doc = document, REMIND = 30000, title = doc.title, seen = 0, waiting = null;
  function one(css) { return doc.querySelector(css); }
  function all(css) { return [].slice.call(doc.querySelectorAll(css)); }
  var bar = one('[data-topics]'), about = bar.dataset.about;

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
    chip.textContent = up ? '实时' : '连接中断，每 5 秒更新';
    chip.classList.toggle('up', up);
  }

  // Something that needs a person now: a bar with a link, the title of the tab, the sound.
  function alarm(rows, words) {
    var box = one('[data-alarm]');
    if (!box || !rows.length) return;
    box.textContent = '';
    rows.slice(0, 3).forEach(function (row) {
      var link = doc.createElement('a');
      link.href = row.querySelector('.acts a').href;
      link.textContent = words + '：' + row.dataset.said;
      box.appendChild(link);
    });
    if (rows.length > 3) box.appendChild(doc.createTextNode('等 ' + rows.length + ' 条'));
    box.hidden = false;
    doc.title = '● ' + words + ' · ' + title;
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
    alarm(rows, '新危急值');
  }

  doc.addEventListener('htmx:afterSettle', function () {
    window.alarm.level();
    fresh();
  });
  if (!about) window.alarm.bell(one('[data-bell]'), {off: '开启声音', on: '声音已开启', asleep: '点此恢复声音'});
  window.alarm.clocks({left: '还有 %(time)s', late: '已超时 %(time)s'}, function (el) {
    var row = el.closest('tr');
    if (!row) return;
    row.classList.add('hot');
    alarm([row], '已超时');
  });
  setInterval(function () {
    if (all('tr[data-open] .due.late').length) window.alarm.ring();
  }, REMIND);
  seen = Number(one('[data-now]').dataset.now);
  window.follow(JSON.parse(bar.dataset.topics), 'staff', news, standing);
})();
