/* The patient's phone: the conversation with the service account, and its menu. */
(function () {
  'use strict';
  var make = Pocket.make, talk = document.getElementById('talk');
  var pocket = Pocket('wechat', function (state) {
    drawMenu(state);
    drawTalk(state.messages);
  });

  function card(message) {
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
  function drawMenu(state) {
    pocket.drawMenu(state.follows ? state.menu : []);
    if (state.follows) return;
    var follow = make('button', 'follow', '关注服务号');
    follow.addEventListener('click', function () { pocket.ask('follow', {follows: true}).then(pocket.redraw); });
    document.getElementById('menu').appendChild(follow);
  }
})();
