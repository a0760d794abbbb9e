/* The patient's Alipay: the hospital's page with its entries, and what it has sent. */
(function () {
  'use strict';
  var pocket = Pocket('alipay', function (state) {
    pocket.drawMenu(state.menu);
    pocket.drawTalk(state.messages);
  });
})();
