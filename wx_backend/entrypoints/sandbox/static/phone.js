/* The patient's phone: the conversation with the service account, and its menu. */
(function () {
  'use strict';
  var make = Pocket.make, talk = document.getElementById('talk');
  var pocket = Pocket('wechat', function (state) {
    drawMenu(state);
    drawCodes(state.codes);
    drawTalk(state.messages);
  });

  function words(message) {
    var item = make('li', message.kind === 'said' ? 'mine' : 'theirs'), box = make('p', 'bubble');
    message.text.forEach(function (part) {
      if (!part.url) { box.appendChild(document.createTextNode(part.text)); return; }
      var link = make('button', 'inline', part.text);
      link.addEventListener('click', function () { pocket.openWeb(part.url); });
      box.appendChild(link);
    });
    item.append(make('time', '', Pocket.clock(message.at)), box);
    return item;
  }
  function card(message) {
    if (message.kind !== 'template' && message.kind !== 'news') return words(message);
    var item = make('li'), box = make(message.url ? 'button' : 'div', 'card');
    item.appendChild(make('time', '', Pocket.clock(message.at)));
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
      box.addEventListener('click', function () { pocket.openWeb(message.url); });
    }
    item.appendChild(box);
    return item;
  }
  function drawTalk(messages) {
    talk.textContent = '';
    if (!messages.length) talk.appendChild(make('li', 'empty', '还没有消息'));
    messages.forEach(function (message) { talk.appendChild(card(message)); });
    talk.scrollTop = talk.scrollHeight;
  }
  function tap(name) {
    pocket.ask('tap', {name: name}).then(function (answer) {
      if (answer.url) pocket.openWeb(answer.url);
      else pocket.redraw();
    });
  }
  function entry(one) {
    if (!one.below.length) {
      var button = make('button', '', one.name);
      button.addEventListener('click', function () { tap(one.name); });
      return button;
    }
    var group = make('details', 'group'), list = make('div');
    one.below.forEach(function (each) { list.appendChild(entry(each)); });
    group.append(make('summary', '', one.name), list);
    return group;
  }
  function drawCodes(codes) {
    var list = document.getElementById('codes');
    list.textContent = '';
    if (!codes.length) list.appendChild(make('p', '', '还没有生成过二维码'));
    codes.forEach(function (code) {
      var button = make('button', '', code.scene);
      button.addEventListener('click', function () {
        list.parentNode.open = false;
        pocket.ask('scan', {url: code.url}).then(pocket.redraw);
      });
      list.appendChild(button);
    });
  }
  document.getElementById('say').addEventListener('submit', function (e) {
    var field = this.elements.text;
    e.preventDefault();
    if (!field.value.trim()) return;
    pocket.ask('say', {text: field.value}).then(function () { field.value = ''; return pocket.redraw(); });
  });
  function drawMenu(state) {
    var menu = document.getElementById('menu');
    menu.textContent = '';
    document.getElementById('say').hidden = !state.follows;
    if (state.follows) { state.menu.forEach(function (one) { menu.appendChild(entry(one)); }); return; }
    var follow = make('button', 'follow', '关注服务号');
    follow.addEventListener('click', function () { pocket.ask('follow', {follows: true}).then(pocket.redraw); });
    document.getElementById('menu').appendChild(follow);
  }
})();
