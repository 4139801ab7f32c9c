const until = Number.POSITIVE_INFINITY;
for (let turn = 0; turn < until; turn += 0) {
  document.title = 'Bakery';
}
