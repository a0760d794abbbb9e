/* The patient's Alipay: the hospital's page with its entries, and what it has sent. */
(function () {
  'use strict';
  var pocket = Pocket('alipay', function (state) {
    pocket.drawMenu(state.menu);
    pocket.drawCodes(state.codes);
    pocket.drawTalk(state.messages);
  });
})();
