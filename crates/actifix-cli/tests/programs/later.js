async function load(name) {
  throw new RangeError(`no page called ${name}`);
}

async function main() {
  console.log('loading');
  await load('start');
}

main();
