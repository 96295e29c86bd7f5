// Three threads, three tickets, better-sqlite3: `node cure.cjs before` fails, `node cure.cjs after` does not.
"use strict";

const fs = require("fs");
const os = require("os");
const path = require("path");
const { Worker, isMainThread, workerData, parentPort } = require("worker_threads");
const Database = require("better-sqlite3");

const ROUNDS = 20;

function lock(db, ticket) {
  const free = db.prepare("SELECT holder IS NULL AS free FROM tickets WHERE id = ?").get(ticket).free;
  if (free) db.prepare("UPDATE tickets SET holder = ? WHERE id = ?").run(`worker ${ticket}`, ticket);
}

// ANCHOR: before
function before(db, ticket) {
  db.transaction(lock)(db, ticket); // BEGIN: a reader, until it writes
}
// ANCHOR_END: before

// ANCHOR: after
function after(db, ticket) {
  db.transaction(lock).immediate(db, ticket); // BEGIN IMMEDIATE: the write lock first
}
// ANCHOR_END: after

/** Each worker plays all rounds, and meets the others before each. */
function work({ folder, ticket, which, meeting }) {
  const met = new Int32Array(meeting);
  const errors = [];
  for (let round = 0; round < ROUNDS; round++) {
    const db = new Database(path.join(folder, `${round}.db`), { timeout: 30000 });
    db.prepare("SELECT count(*) FROM tickets").get();
    Atomics.add(met, round, 1);
    while (Atomics.load(met, round) < 3); // spins: all are let go in the same moment
    try {
      ({ before, after })[which](db, ticket);
    } catch (error) {
      errors.push(`${error.message} (${error.code})`);
    }
    db.close();
  }
  parentPort.postMessage(errors);
}

async function main() {
  const which = process.argv[2];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "cure-"));
  for (let round = 0; round < ROUNDS; round++) {
    const db = new Database(path.join(folder, `${round}.db`));
    db.pragma("journal_mode = WAL");
    db.exec("CREATE TABLE tickets(id INTEGER PRIMARY KEY, holder TEXT)");
    db.exec("INSERT INTO tickets(id) VALUES (1), (2), (3)");
    db.close();
  }
  const meeting = new SharedArrayBuffer(4 * ROUNDS);
  const workers = [1, 2, 3].map((ticket) => new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: { folder, ticket, which, meeting } });
    worker.once("message", resolve);
    worker.once("error", reject);
  }));
  const errors = new Set((await Promise.all(workers)).flat());
  let locked = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const db = new Database(path.join(folder, `${round}.db`));
    locked += db.prepare("SELECT count(holder) AS n FROM tickets").get().n;
    db.close();
  }
  fs.rmSync(folder, { recursive: true });
  console.log([`${which}: ${locked}/${3 * ROUNDS} locks`, ...[...errors].sort()].join("; "));
  process.exitCode = locked === 3 * ROUNDS ? 0 : 1;
}

if (isMainThread) main();
else work(workerData);
