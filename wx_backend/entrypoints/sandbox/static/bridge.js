/* WeixinJSBridge as the real client injects it: pay sheet, close window. */
(function () {
  'use strict';
  if (window.WeixinJSBridge) return;
  var PAY = 'getBrandWCPayRequest';

  function pay(params, callback) {
    var look = {
      label: '微信支付', means: '零钱', colour: '#067a43', api: '/__wechat/api/pay/',
      endings: [['超时', 'fail', '支付超时', false]]
    };
    PaySheet(look, params, function (result, words) {
      var view = {err_msg: 'get_brand_wcpay_request:' + result};
      if (words) view.err_desc = words;
      callback(view);
    });
  }

  window.WeixinJSBridge = {
    invoke: function (name, params, callback) {
      var answer = callback || function () {};
      if (name === PAY) pay(params, answer);
      else if (name === 'closeWindow') this.call(name);
      else answer({err_msg: name + ':fail not supported'});
    },
    call: function (name) { if (name === 'closeWindow') PaySheet.closeWindow(); },
    on: function () {}
  };
  PaySheet.ready('WeixinJSBridgeReady');
})();
