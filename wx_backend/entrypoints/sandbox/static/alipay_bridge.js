/* AlipayJSBridge as the real client injects it: tradePay, close window. */
(function () {
  'use strict';
  if (window.AlipayJSBridge) return;
  var CODES = {ok: '9000', processing: '8000', fail: '4000', cancel: '6001', unknown: '6004'};

  function pay(params, callback) {
    var look = {
      label: '支付宝', means: '余额', colour: '#1668c7', api: '/__alipay/api/pay/',
      endings: [['处理中', 'processing', '正在处理中', true], ['结果未知', 'unknown', '', false]]
    };
    PaySheet(look, {tradeNO: params && params.tradeNO}, function (result, words) {
      callback({resultCode: CODES[result], memo: words || '', result: ''});
    });
  }

  window.AlipayJSBridge = {
    call: function (name, params, callback) {
      var answer = callback || (typeof params === 'function' ? params : function () {});
      if (name === 'tradePay') pay(params, answer);
      else if (name === 'popWindow') PaySheet.closeWindow();
      else answer({error: 1, errorMessage: '接口不存在'});
    }
  };
  PaySheet.ready('AlipayJSBridgeReady');
})();
