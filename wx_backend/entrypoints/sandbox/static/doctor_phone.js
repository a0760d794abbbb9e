/* The doctor's phone: the application's conversation in WeCom, with cards whose buttons call back. */
(function () {
  'use strict';
  var make = Pocket.make, $ = function (id) { return document.getElementById(id); };
  var newest = 0, owner = '', picked = {};
  var COLOURS = ['grey', 'black', 'red', 'green'];
  var pocket = Pocket('wecom', function (state) {
    pocket.drawMenu(state.menu);
    $('unreachable').hidden = !state.person || state.reachable;
    drawTalk(state);
  });

  function drawTalk(state) {
    var talk = $('talk'), last = state.messages[state.messages.length - 1];
    var moved = !last || last.id !== newest;
    talk.textContent = '';
    if (!last) talk.appendChild(make('li', 'empty', state.person ? '还没有消息' : '请选择一位医护人员'));
    state.messages.forEach(function (message, n) { talk.appendChild(bubble(message, state.messages[n - 1])); });
    if (moved) talk.scrollTop = talk.scrollHeight;
    var same = state.person && state.person.key === owner;
    if (same && moved && last && last.id > newest) announce(last);
    newest = last ? last.id : 0;
    owner = state.person ? state.person.key : '';
  }
  function announce(message) {
    if ($('web').hidden) return;
    $('banner').textContent = message.kind === 'text' ? message.text : message.title + ' ' + message.desc;
    $('banner').hidden = false;
  }
  $('banner').addEventListener('click', function () {
    this.hidden = true;
    pocket.closeWeb();
  });

  function bubble(message, before) {
    var item = make('li'), at = Pocket.clock(message.at);
    if (!before || Pocket.clock(before.at) !== at) item.appendChild(make('time', '', at));
    if (message.kind === 'text') item.appendChild(make('p', 'said', message.text));
    else item.appendChild(card(message));
    return item;
  }
  function opener(el, url) {
    if (url) el.addEventListener('click', function () { pocket.openWeb(url); });
    return el;
  }
  function card(message) {
    var box = make('article', 'task');
    if (message.source.desc) {
      box.appendChild(make('p', 'source ' + (COLOURS[message.source.desc_color] || 'grey'), message.source.desc));
    }
    var head = opener(make(message.url ? 'button' : 'div', 'head'), message.url);
    head.append(make('strong', '', message.title), make('span', '', message.desc));
    box.appendChild(head);
    if (message.text) box.appendChild(make('p', 'words', message.text));
    var list = make('dl');
    message.rows.forEach(function (row) {
      var line = make('div');
      line.append(make('dt', '', row[0]), make('dd', '', row[1]));
      list.appendChild(line);
    });
    if (message.rows.length) box.appendChild(list);
    message.links.forEach(function (link) {
      box.appendChild(opener(make('button', 'more', link.text), link.url));
    });
    if (message.buttons.length) act(message, box);
    else if (message.url) box.appendChild(opener(make('button', 'more', '查看详情'), message.url));
    return box;
  }
  // Buttons and the choice above them; closed cards say only what became of them.
  function act(message, box) {
    var bar = make('div', 'acts'), busy = message.tap === 'due';
    if (message.choice && !message.closed) box.appendChild(choice(message));
    if (message.closed) bar.appendChild(closed(message.closed));
    else message.buttons.forEach(function (button) { bar.appendChild(tappable(message, button, busy)); });
    box.appendChild(bar);
    var note = message.closed ? '' : busy ? '正在提交…' :
      message.tap === 'given_up' ? '医院系统未响应，请重试或打开详情处理' : '';
    if (note) {
      note = make('p', busy ? 'note' : 'note failed', note);
      note.setAttribute('role', 'status');
      box.appendChild(note);
    }
  }
  function closed(words) {
    var el = make('button', 'closed', words);
    el.disabled = true;
    return el;
  }
  function tappable(message, button, busy) {
    var el = make('button', 'style-' + button.style, button.text);
    if (button.url) return opener(el, button.url);
    el.classList.add('calls');
    el.disabled = busy;
    el.addEventListener('click', function () {
      el.parentNode.querySelectorAll('.calls').forEach(function (other) { other.disabled = true; });
      pocket.ask('tap', {id: message.id, key: button.key, chosen: chosen(message)})
        .then(pocket.redraw, pocket.redraw);
    });
    return el;
  }
  function chosen(message) {
    if (!message.choice) return {};
    var answer = {};
    answer[message.choice.question_key] = [$('choice-' + message.id).value];
    return answer;
  }
  function choice(message) {
    var row = make('label', 'choice', message.choice.title || '请选择'), list = make('select');
    list.id = 'choice-' + message.id;
    message.choice.option_list.forEach(function (option) {
      var el = make('option', '', option.text);
      el.value = option.id;
      list.appendChild(el);
    });
    list.value = picked[message.id] || message.choice.selected_id || message.choice.option_list[0].id;
    list.addEventListener('change', function () { picked[message.id] = list.value; });
    row.appendChild(list);
    return row;
  }

  $('crowd').addEventListener('submit', function (e) {
    e.preventDefault();
    pocket.become('staff-' + $('number').value);
  });
})();
