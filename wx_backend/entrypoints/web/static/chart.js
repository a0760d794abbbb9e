/* Draws each [data-chart] from the JSON inside it: bars (several are piled up, a grave one is red) against the left axis, and a line in per cent
   where there is one. */
(function () {
  'use strict';
  var css = getComputedStyle(document.documentElement);
  var shades = ['#97c0ef', '#8fd1b5', '#f2c08a'];
  function colour(name) { return css.getPropertyValue(name).trim(); }

  function draw(box) {
    var data = JSON.parse(box.querySelector('script').textContent), text = colour('--text-2');
    var bars = [].concat(data.bars).map(function (one, n) {
      return {name: one.name, type: 'bar', stack: 'bars', data: one.data, barMaxWidth: 32,
        itemStyle: {color: one.grave ? colour('--danger') : shades[n]}};
    });
    var lines = [].concat(data.line || []).map(function (one) {
      return {name: one.name, type: 'line', yAxisIndex: 1, data: one.data, connectNulls: true, showAllSymbol: true, symbolSize: 6,
        lineStyle: {color: colour('--primary')}, itemStyle: {color: colour('--primary')}};
    });
    var place = document.createElement('div');
    place.className = 'h-100';
    box.appendChild(place);
    var chart = window.echarts.init(place);
    chart.setOption({
      animation: false,
      textStyle: {fontFamily: getComputedStyle(document.body).fontFamily, color: text},
      tooltip: {trigger: 'axis', renderMode: 'richText'},
      legend: {right: 8, top: 0, textStyle: {color: text}},
      grid: {left: 44, right: 48, top: 36, bottom: 28},
      xAxis: {type: 'category', data: data.x, axisLabel: {color: text}},
      yAxis: [
        {type: 'value', minInterval: 1, axisLabel: {color: text}},
        {type: 'value', min: 0, max: 100, show: lines.length > 0, splitLine: {show: false}, axisLabel: {color: text}}
      ],
      series: bars.concat(lines)
    });
    window.addEventListener('resize', function () { chart.resize(); });
  }
  function fresh(root) { [].forEach.call(root.querySelectorAll('[data-chart]'), draw); }

  document.addEventListener('htmx:afterSettle', function (event) { fresh(event.target.parentNode); });
  fresh(document);
})();
