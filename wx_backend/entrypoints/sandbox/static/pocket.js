/* What the apps on the phones share: calls to their own server, the owner, and the WebView with its title bar.
   Pocket(client, draw) asks for the state twice a second and calls draw(state) when it changed. */
(function () {
  'use strict';
  var $ = function (id) { return document.getElementById(id); };

  function make(tag, name, text) {
    var el = document.createElement(tag);
    if (name) el.className = name;
    if (text !== undefined) el.textContent = text;
    return el;
  }
  function face(person) {
    var svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', '0 0 44 44');
    svg.setAttribute('class', 'avatar');
    svg.setAttribute('aria-hidden', 'true');
    svg.innerHTML = '<rect width="44" height="44" rx="6"/><text x="22" y="29" text-anchor="middle"' +
      ' font-size="20" fill="#fff"></text>';
    svg.firstChild.setAttribute('fill', person ? person.hue : '#9a9a9a');
    svg.lastChild.textContent = person ? person.name[0] : '?';
    return svg;
  }
  function clock(seconds) {
    var at = new Date(seconds * 1000), two = function (n) { return ('0' + n).slice(-2); };
    return (at.getMonth() + 1) + '月' + at.getDate() + '日 ' + two(at.getHours()) + ':' + two(at.getMinutes());
  }

  function Pocket(client, draw) {
    var state = null, drawn = '', frame = $('frame'), opening = false;

    function ask(path, body) {
      return fetch('/__' + client + '/api/' + path, body ? {method: 'POST', body: JSON.stringify(body)} : {})
        .then(function (answer) {
          if (!answer.ok) throw new Error('HTTP ' + answer.status);
          return answer.json();
        });
    }
    function refresh() {
      return ask('state').then(function (fresh) {
        $('offline').hidden = true;
        var text = JSON.stringify(fresh);
        if (text === drawn) return;
        drawn = text;
        state = fresh;
        drawOwner();
        draw(state);
        if (!state.person) $('switch').hidden = false;
      }, function () { $('offline').hidden = false; });
    }

    function redraw() {
      drawn = '';
      return refresh();
    }

    // The owner
    function drawOwner() {
      $('owner').textContent = '';
      $('owner').append(face(state.person));
      $('owner').setAttribute('aria-label', '切换用户，当前' + (state.person ? state.person.name : '未登录'));
      var list = $('people');
      list.textContent = '';
      state.people.forEach(function (person) {
        var item = make('li'), button = make('button'), who = make('span', 'who');
        who.append(make('b', '', person.name), make('small', '', person.about));
        button.append(face(person), who);
        button.dataset.person = person.key;
        if (state.person && state.person.key === person.key) button.appendChild(make('span', 'go', '当前'));
        button.addEventListener('click', function () { become(person.key); });
        item.appendChild(button);
        list.appendChild(item);
      });
    }
    function become(key) {
      return ask('owner', {person: key}).then(function () {
        closeWeb();
        return redraw();
      }).then(function () { $('switch').hidden = true; });
    }
    $('owner').addEventListener('click', function () { $('switch').hidden = false; });
    $('switch').addEventListener('click', function (e) {
      if (e.target === this && state && state.person) this.hidden = true;
    });

    // The WebView; the cookie tells the network which app's it is.
    function openWeb(url) {
      document.cookie = 'phone_client=' + client + '; path=/; SameSite=Lax';
      opening = true;  // the blank page of the last close may still be on its way
      $('title').textContent = '';
      $('web').hidden = false;
      frame.src = url;
      $('close').focus();
    }
    function closeWeb() {
      $('web').hidden = true;
      frame.src = 'about:blank';
      refresh();
    }
    frame.addEventListener('load', function () {
      var inside = null;
      try { inside = frame.contentDocument; } catch (error) { if (error.name !== 'SecurityError') throw error; }
      var blank = inside && inside.URL === 'about:blank';
      $('title').textContent = inside ? inside.title : '';
      if (!blank) opening = false;
      else if (!opening) $('web').hidden = true;
    });
    $('close').addEventListener('click', closeWeb);
    $('back').addEventListener('click', function () {
      var view = frame.contentWindow;
      view.history.length > 1 ? view.history.back() : closeWeb();
    });
    window.addEventListener('message', function (e) {
      if (e.origin === location.origin && e.data && e.data.phone === 'closeWindow') closeWeb();
    });

    // The app's own buttons
    function drawMenu(entries) {
      $('menu').textContent = '';
      entries.forEach(function (entry) {
        var button = make('button', '', entry.name);
        button.addEventListener('click', function () { openWeb(entry.url); });
        $('menu').appendChild(button);
      });
    }

    // A code is scanned, by its text or from those that wait.
    function scan(text) {
      $('unread').hidden = true;
      ask('scan', {text: text}).then(function (answer) {
        $('scan').reset();
        $('scan').closest('details').open = false;
        if (answer.url) openWeb(answer.url);
        else redraw();
      }, function () { $('unread').hidden = false; });
    }
    function drawCodes(codes) {
      $('codes').textContent = '';
      if (!codes.length) $('codes').appendChild(make('p', '', '没有待扫的二维码'));
      codes.forEach(function (code) {
        var button = make('button', '', code.name);
        button.addEventListener('click', function () { scan(code.text); });
        $('codes').appendChild(button);
      });
    }
    if ($('scan')) $('scan').addEventListener('submit', function (e) {
      e.preventDefault();
      scan(this.elements.text.value);
    });

    // The conversation of a patient with an account: cards, and what was said.
    function words(message) {
      var item = make('li', message.kind === 'said' ? 'mine' : 'theirs'), box = make('p', 'bubble');
      message.text.forEach(function (part) {
        if (!part.url) { box.appendChild(document.createTextNode(part.text)); return; }
        var link = make('button', 'inline', part.text);
        link.addEventListener('click', function () { openWeb(part.url); });
        box.appendChild(link);
      });
      item.append(make('time', '', clock(message.at)), box);
      return item;
    }
    function card(message) {
      if (message.kind !== 'template' && message.kind !== 'news') return words(message);
      var item = make('li'), box = make(message.url ? 'button' : 'div', 'card');
      item.appendChild(make('time', '', clock(message.at)));
      box.appendChild(make('h3', '', message.title));
      var list = make('dl');
      message.rows.forEach(function (row) {
        var line = make('div');
        line.append(make('dt', '', row[0]), make('dd', '', row[1]));
        list.appendChild(line);
      });
      box.appendChild(list);
      message.text.forEach(function (part) { box.appendChild(make('p', 'told', part.text)); });
      if (message.url) {
        box.appendChild(make('p', 'more', '详情'));
        box.addEventListener('click', function () { openWeb(message.url); });
      }
      item.appendChild(box);
      return item;
    }
    function drawTalk(messages) {
      var talk = $('talk');
      talk.textContent = '';
      if (!messages.length) talk.appendChild(make('li', 'empty', '还没有消息'));
      messages.forEach(function (message) { talk.appendChild(card(message)); });
      talk.scrollTop = talk.scrollHeight;
    }

    refresh();
    setInterval(refresh, 500);
    return {ask: ask, redraw: redraw, become: become, openWeb: openWeb, closeWeb: closeWeb,
      drawMenu: drawMenu, drawTalk: drawTalk, drawCodes: drawCodes};
  }

  window.Pocket = Pocket;
  Pocket.make = make;
  Pocket.clock = clock;
})();
