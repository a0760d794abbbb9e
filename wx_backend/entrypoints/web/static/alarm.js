/* Clocks that run to a limit, and a sound, for pages about alerts.

   alarm.clocks(words, passed)  starts the clocks; words: left, late, with %(time)s in them;
                           passed(element) when one reaches its limit
   alarm.level()           after new parts came: their clocks, by the server's time in data-now
   alarm.ring()            the sound, if its owner has asked for one
   alarm.bell(button, words)  the switch; words: off, on, asleep (remembered, but the browser waits for a tap) */
(function () {
  'use strict';
  var doc = document, KEPT = 'alarm-sound', TICK = 500, NOTES = [880, 660, 880, 660];
  var audio = null, skew = 0, said = {}, over = function () {}, past = {};
  function all(css) { return [].slice.call(doc.querySelectorAll(css)); }
  function two(n) { return ('0' + n).slice(-2); }

  function left(due) { return Math.round((due - Date.now() - skew) / 1000); }
  function words(seconds) {
    var n = Math.abs(seconds), hours = Math.floor(n / 3600), minutes = Math.floor(n / 60) % 60;
    var time = (hours ? hours + ':' + two(minutes) : minutes) + ':' + two(n % 60);
    return (seconds < 0 ? said.late : said.left).replace('%(time)s', time);
  }
  function tick() {
    all('[data-due]').forEach(function (el) {
      var seconds = left(Number(el.dataset.due)), late = seconds < 0;
      var news = late && !el.classList.contains('late') && !past[el.dataset.due];
      el.textContent = words(seconds);
      el.classList.toggle('late', late);
      if (late) past[el.dataset.due] = true;
      if (news) over(el);
    });
  }
  function level() {
    var now = doc.querySelector('[data-now]');
    if (now) skew = Number(now.dataset.now) - Date.now();
    tick();
  }

  function ring() {
    if (!audio || audio.state !== 'running') return;
    NOTES.forEach(function (pitch, n) {
      var note = audio.createOscillator(), gain = audio.createGain(), at = audio.currentTime + n * 0.28;
      note.frequency.value = pitch;
      gain.gain.setValueAtTime(0.35, at);
      gain.gain.exponentialRampToValueAtTime(0.001, at + 0.26);
      note.connect(gain);
      gain.connect(audio.destination);
      note.start(at);
      note.stop(at + 0.26);
    });
  }
  function bell(button, said) {
    if (!button || !window.AudioContext) return;
    var wanted = localStorage.getItem(KEPT) === 'on';
    function show() {
      var on = wanted && audio !== null && audio.state === 'running';
      button.setAttribute('aria-pressed', String(on));
      button.classList.toggle('btn-warning', wanted && !on);
      button.querySelector('span').textContent = on ? said.on : wanted ? said.asleep : said.off;
      button.querySelector('use').setAttribute('href', button.querySelector('use').getAttribute('href')
        .replace(/#.*/, on ? '#volume' : '#volume-off'));
    }
    function wake(loud) {
      audio = audio || new window.AudioContext();
      return audio.resume().then(function () { show(); if (loud) ring(); });
    }
    button.hidden = false;
    button.addEventListener('click', function () {
      var on = button.getAttribute('aria-pressed') === 'true';
      wanted = !on;
      localStorage.setItem(KEPT, wanted ? 'on' : 'off');
      if (wanted) wake(true);
      else audio.suspend().then(show);
    });
    // A browser wants one tap a page before it sounds: any tap will do for who has asked before.
    doc.addEventListener('pointerdown', function (event) {
      if (wanted && !button.contains(event.target)) wake(false);
    });
    show();
  }

  window.alarm = {
    level: level,
    ring: ring,
    bell: bell,
    clocks: function (words, passed) {
      said = words;
      over = passed;
      all('[data-due]').forEach(function (el) { past[el.dataset.due] = el.classList.contains('late'); });
      level();
      setInterval(tick, TICK);
    }
  };
})();
