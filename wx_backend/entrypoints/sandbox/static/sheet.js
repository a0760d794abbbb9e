/* The pay sheet that every app on the phone slides over a page. Works under a strict CSP. */
(function () {
  'use strict';
  if (window.PaySheet) return;
  var doc = document;

  function make(tag, name, text) {
    var el = doc.createElement(tag);
    if (name) el.className = name;
    if (text !== undefined) el.textContent = text;
    return el;
  }
  function button(name, text, act) {
    var el = make('button', name, text);
    el.type = 'button';
    el.addEventListener('click', act);
    return el;
  }

  // One sheet at a time. look: {label, means, colour, view, confirm, endings}; confirm() pays and
  // promises; an ending is [button, result, words, pays first]. answer('ok' | 'cancel' | 'fail' | an
  // ending's result, words) closes it.
  function sheet(look, answer) {
    var host = make('div'), root = host.attachShadow({mode: 'open'});
    var css = new CSSStyleSheet();
    css.replaceSync(LOOK);
    root.adoptedStyleSheets = [css];
    var back = make('div', 'back'), card = make('section', 'card');
    card.setAttribute('role', 'dialog');
    card.setAttribute('aria-modal', 'true');
    card.setAttribute('aria-label', look.label);
    card.style.setProperty('--go', look.colour);
    var typed = 0, busy = false, before = doc.activeElement;
    var note = make('p', 'note'), dots = make('div', 'dots');
    note.setAttribute('role', 'status');
    for (var n = 0; n < 6; n++) dots.appendChild(make('span'));

    function done(result, words) {
      host.remove();
      if (before && before.focus) before.focus();
      answer(result, words);
    }
    function show() {
      [].forEach.call(dots.children, function (dot, i) { dot.classList.toggle('on', i < typed); });
    }
    function pay(result, words) {
      if (busy) return;
      busy = true;
      typed = 6;
      show();
      note.textContent = '正在支付…';
      look.confirm().then(function () {
        note.textContent = words || '支付成功';
        card.classList.add('paid');
        setTimeout(function () { done(result, words); }, 700);
      }, function (error) { done('fail', error.message); });
    }
    function wrong() {
      if (busy) return;
      typed = 0;
      show();
      note.textContent = '支付密码错误，请重试';
    }
    function key(digit) {
      if (busy) return;
      typed = digit === '⌫' ? Math.max(0, typed - 1) : typed + 1;
      note.textContent = '';
      show();
      if (typed === 6) pay('ok');
    }

    var head = make('header');
    var close = button('close', '✕', function () { if (!busy) done('cancel'); });
    close.setAttribute('aria-label', '取消');
    head.append(close, make('h2', '', '请输入支付密码'));
    var money = make('p', 'money', '￥' + look.view.amount);
    var way = make('p', 'way');
    way.append(make('span', '', '付款方式'), make('span', '', look.means));
    var demo = make('div', 'demo');
    demo.append(
      button('go', '支付', function () { pay('ok'); }),
      button('', '取消', function () { if (!busy) done('cancel'); }),
      button('', '密码错误', wrong));
    demo.classList.toggle('many', look.endings.length > 1);
    look.endings.forEach(function (ending) {
      demo.appendChild(button('', ending[0], function () {
        if (ending[3]) pay(ending[1], ending[2]);
        else if (!busy) done(ending[1], ending[2]);
      }));
    });
    var pad = make('div', 'pad');
    '1 2 3 4 5 6 7 8 9 . 0 ⌫'.split(' ').forEach(function (digit) {
      var el = digit === '.' ? make('span') : button('', digit, function () { key(digit); });
      if (digit === '⌫') el.setAttribute('aria-label', '删除');
      pad.appendChild(el);
    });
    card.append(head, make('p', 'to', look.view.merchant), make('p', 'goods', look.view.goods), money, way,
      dots, note, demo, pad);
    card.addEventListener('keydown', function (e) {
      if (e.key === 'Escape' && !busy) done('cancel');
      if (/^\d$/.test(e.key)) key(e.key);
    });
    root.append(back, card);
    doc.body.appendChild(host);
    close.focus();
  }

  var LOOK = [
    ':host{all:initial}*{box-sizing:border-box;margin:0}',
    '.back{position:fixed;inset:0;background:rgba(0,0,0,.55);z-index:2147483646}',
    '.card{position:fixed;left:0;right:0;bottom:0;z-index:2147483647;max-width:480px;max-height:100%;',
    'overflow:auto;margin:0 auto;background:#fff;color:#191919;border-radius:12px 12px 0 0;',
    'font:15px/1.5 -apple-system,"PingFang SC","HarmonyOS Sans SC","Microsoft YaHei",',
    '"Noto Sans CJK SC",sans-serif;text-align:center;animation:up .2s ease-out}',
    '@keyframes up{from{transform:translateY(60px);opacity:0}}',
    '@media (prefers-reduced-motion:reduce){.card{animation:none}}',
    'header{position:relative;padding:15px 48px 11px;border-bottom:1px solid #eee}h2{font-size:17px;font-weight:500}',
    'button{font:inherit;border:0;background:none;color:inherit;cursor:pointer;min-height:44px}',
    'button:focus-visible{outline:2px solid #576b95;outline-offset:-2px}',
    '.close{position:absolute;left:4px;top:6px;width:44px;font-size:18px}',
    '.to{margin-top:14px;font-size:16px}.goods{color:#6b6b6b;font-size:14px}',
    '.money{font-size:36px;font-weight:600;line-height:1.3;font-variant-numeric:tabular-nums}',
    '.way{display:flex;justify-content:space-between;margin:8px 24px 0;padding:10px 0;border-top:1px solid #eee;',
    'color:#6b6b6b;font-size:14px}',
    '.dots{display:grid;grid-template-columns:repeat(6,1fr);gap:8px;margin:6px 24px 0}',
    '.dots span{height:44px;border-radius:6px;background:#f2f2f2;display:grid;place-items:center}',
    '.dots .on::after{content:"";width:11px;height:11px;border-radius:50%;background:#191919}',
    '.note{min-height:23px;margin:6px 24px;color:#c4261d;font-size:14px}.paid .note{color:var(--go)}',
    '.demo{display:grid;grid-template-columns:1.4fr 1fr 1fr 1fr;gap:8px;padding:0 16px 12px}',
    '.demo.many{grid-template-columns:repeat(6,1fr)}.many>*{grid-column:span 2}.many>:nth-child(n+4){grid-column:span 3}',
    '.demo button{border:1px solid #d9d9d9;border-radius:6px;color:#46525f;font-size:14px}',
    '.demo .go{background:var(--go);border-color:var(--go);color:#fff;font-weight:600;font-size:16px}',
    '.pad{display:grid;grid-template-columns:repeat(3,1fr);gap:1px;background:#d8d8d8;',
    'padding:1px 0 env(safe-area-inset-bottom)}',
    '.pad>*{background:#fff;font-size:22px;min-height:50px}.pad span{background:#ededed}',
    '.pad button:last-child{background:#ededed}.pad button:active{background:#ddd}'
  ].join('');

  // Asks the platform behind `api`, promises its answer.
  function post(api, path, body) {
    return fetch(api + path, {
      method: 'POST', credentials: 'same-origin', body: JSON.stringify(body),
      headers: {'Content-Type': 'application/json'}
    }).then(function (answer) {
      return answer.json().then(function (view) {
        if (!answer.ok) throw new Error(view.error || '系统繁忙');
        return view;
      });
    });
  }

  // Shows the sheet for these parameters of the page, or says why not: answer(result, words).
  window.PaySheet = function (look, params, answer) {
    post(look.api, 'show', params).then(function (view) {
      look.view = view;
      look.confirm = function () { return post(look.api, 'confirm', params); };
      sheet(look, answer);
    }, function (error) {
      window.alert(error.message);
      answer('fail', error.message);
    });
  };
  // Tells the page that the app has put its bridge in.
  window.PaySheet.ready = function (name) {
    function ready() { doc.dispatchEvent(new Event(name)); }
    if (doc.readyState === 'loading') doc.addEventListener('DOMContentLoaded', ready);
    else ready();
  };
  window.PaySheet.closeWindow = function () {
    window.parent.postMessage({phone: 'closeWindow'}, location.origin);
  };
})();
