/* Follows live topics of the signed-in person: over the socket, or by asking where sockets do not pass.

   follow({'critical:board': 57}, 'staff', heard, standing)
     topics    names with the number the page was made at: nothing after it is missed
     heard     (topic, data): something happened; data is null when some of it is gone, so read anew
     standing  (true or false): whether news come at once */
(function () {
  'use strict';
  var SIGNED_OUT = 4001, ASK_EVERY = 5000, FIRST = 1000, LONGEST = 15000;

  // What a page fetches by itself is nobody using it: the session may idle out.
  document.addEventListener('htmx:configRequest', function (event) {
    var why = event.detail.triggeringEvent;
    if (why && why.type === 'news') event.detail.headers['X-Unattended'] = '1';
  });

  window.follow = function (topics, as, heard, standing) {
    var socket = null, wait = FIRST, asking = null, again = null;
    var base = location.protocol.replace('http', 'ws') + '//' + location.host;

    function take(topic, message) {
      if (message.refused) {
        delete topics[topic];
        return;
      }
      topics[topic] = message.seq;
      if (message.gap) heard(topic, null);
      else if (message.data !== undefined) heard(topic, message.data);
    }
    function ask() {
      var after = Object.keys(topics).map(function (topic) { return topic + '=' + topics[topic]; });
      if (!after.length) return;
      fetch('/api/v1/live?as=' + as + '&after=' + encodeURIComponent(after.join(',')))
        .then(function (answer) {
          if (answer.status === 401) location.reload();
          return answer.ok ? answer.json() : {topics: {}};
        })
        .then(function (answer) {
          Object.keys(answer.topics).forEach(function (topic) {
            var one = answer.topics[topic];
            one.frames.forEach(function (frame) { take(topic, {seq: frame[0], data: frame[1]}); });
            take(topic, {seq: one.seq, gap: one.gap, refused: one.refused});
          });
        })
        .catch(function () { standing(false); });
    }
    function stand(up) {
      standing(up);
      clearInterval(asking);
      asking = up ? null : setInterval(ask, ASK_EVERY);
    }
    // What counts is a message: some proxies let a socket open and then drop it.
    function connect() {
      var heardOf = false;
      clearTimeout(again);
      socket = new WebSocket(base + '/live?as=' + as);
      socket.onopen = function () {
        socket.send(JSON.stringify({follow: topics}));
      };
      socket.onmessage = function (event) {
        var message = JSON.parse(event.data);
        if (!heardOf) stand(true);
        heardOf = true;
        wait = FIRST;
        take(message.topic, message);
      };
      socket.onclose = function (event) {
        if (event.code === SIGNED_OUT) {
          location.reload();
          return;
        }
        if (!asking) stand(false);
        again = setTimeout(connect, wait);
        wait = Math.min(2 * wait, LONGEST);
      };
    }

    // A phone that wakes up does not wait for its turn.
    document.addEventListener('visibilitychange', function () {
      if (!document.hidden && socket.readyState === WebSocket.CLOSED) connect();
    });
    window.addEventListener('pagehide', function () {
      socket.onclose = null;
      socket.close();
    });
    connect();
  };
})();
