/* The alarm of critical values on pages about something else: news by themselves, a bar, the sound,
   the title of the tab. A page that follows the topic itself (one alert) calls watch() on news.
   Without it the bar is as the page was made. */
(function () {
  'use strict';
  var doc = document, REMIND = 30000, title = doc.title, waiting = null;
  var words = JSON.parse(doc.body.dataset.words);
  var bell = doc.querySelector('[data-bell]'), newest = 0, late = 0;
  function box() { return doc.getElementById('watch'); }
  function take() {
    newest = Math.max(newest, Number(box().dataset.newest));
    late = Number(box().dataset.late);
  }

  // The same news often come in groups: they are read once for all of them.
  window.watch = function () {
    clearTimeout(waiting);
    waiting = setTimeout(function () { window.htmx.trigger(box(), 'news'); }, 150);
  };
  doc.addEventListener('htmx:afterSettle', function (event) {
    if (event.detail.elt.id !== 'watch') return;
    var alarm = Number(box().dataset.newest) > newest || Number(box().dataset.late) > late;
    take();
    doc.title = box().querySelector('a') ? '● ' + words.critical + ' · ' + title : title;
    if (alarm) window.alarm.ring();
  });
  setInterval(function () { if (late) window.alarm.ring(); }, REMIND);

  take();
  window.alarm.bell(bell, words);
  if (!doc.querySelector('[data-topics]')) {
    window.follow(JSON.parse(bell.dataset.follow), 'staff', window.watch, function () {});
  }
})();
