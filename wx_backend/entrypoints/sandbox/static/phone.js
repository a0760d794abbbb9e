/* The phone's own screen: conversation, menu, owner, and the WebView with WeChat's title bar. */
(function () {
  'use strict';
  var $ = function (id) { return document.getElementById(id); };
  var state = null, drawn = '';

  function make(tag, name, text) {
    var el = document.createElement(tag);
    if (name) el.className = name;
    if (text !== undefined) el.textContent = text;
    return el;
  }
  function ask(path, body) {
    return fetch('/__wechat/api/' + path, body ? {method: 'POST', body: JSON.stringify(body)} : {})
      .then(function (answer) { return answer.json(); });
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

  // The conversation
  function card(message) {
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
    if (message.url) {
      box.appendChild(make('p', 'more', '详情'));
      box.addEventListener('click', function () { openWeb(message.url); });
    }
    item.appendChild(box);
    return item;
  }
  function drawTalk() {
    var list = $('talk');
    list.textContent = '';
    if (!state.messages.length) list.appendChild(make('li', 'empty', '还没有消息'));
    state.messages.forEach(function (message) { list.appendChild(card(message)); });
    list.scrollTop = list.scrollHeight;
  }
  function drawMenu() {
    var bar = $('menu');
    bar.textContent = '';
    if (!state.follows) {
      var follow = make('button', 'follow', '关注服务号');
      follow.addEventListener('click', function () { ask('follow', {follows: true}).then(refresh); });
      bar.appendChild(follow);
      return;
    }
    state.menu.forEach(function (entry) {
      var button = make('button', '', entry.name);
      button.addEventListener('click', function () { openWeb(entry.url); });
      bar.appendChild(button);
    });
  }
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
  function refresh() {
    return ask('state').then(function (fresh) {
      var text = JSON.stringify(fresh);
      if (text === drawn) return;
      drawn = text;
      state = fresh;
      drawOwner();
      drawMenu();
      drawTalk();
      $('switch').hidden = state.person ? $('switch').hidden : false;
    }).catch(function () { $('offline').hidden = false; throw new Error('offline'); })
      .then(function () { $('offline').hidden = true; }, function () {});
  }

  // The owner
  function become(key) {
    ask('owner', {person: key}).then(function () {
      closeWeb();
      $('switch').hidden = true;
      return refresh();
    });
  }
  $('owner').addEventListener('click', function () { $('switch').hidden = false; });
  $('switch').addEventListener('click', function (e) {
    if (e.target === this && state && state.person) this.hidden = true;
  });

  // The WebView
  var frame = $('frame');
  function openWeb(url) {
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
    $('title').textContent = inside ? inside.title : '';
    if (inside && inside.URL === 'about:blank') $('web').hidden = true;
  });
  $('close').addEventListener('click', closeWeb);
  $('back').addEventListener('click', function () {
    var view = frame.contentWindow;
    view.history.length > 1 ? view.history.back() : closeWeb();
  });
  window.addEventListener('message', function (e) {
    if (e.origin === location.origin && e.data && e.data.wechat === 'closeWindow') closeWeb();
  });

  refresh();
  setInterval(refresh, 2000);
})();
