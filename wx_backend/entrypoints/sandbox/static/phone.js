/* The patient's phone: the conversation with the service account, and its menu. */
(function () {
  'use strict';
  var make = Pocket.make;
  var pocket = Pocket('wechat', function (state) {
    drawMenu(state);
    pocket.drawCodes(state.codes);
    pocket.drawTalk(state.messages);
  });

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
