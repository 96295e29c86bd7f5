function total(cart) {
  return cart.items.reduce((sum, item) => sum + item.price, 0);
}

console.log('total', total({}));
