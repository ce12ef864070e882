// Runs on any Node from 20 on, before anything is installed: only Node's own modules, plain JavaScript.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockFile = join(root, "package-lock.json");
const stampFile = join(root, "node_modules", ".warehouse-builder-lock");
const pinnedNode = join(root, "node_modules", "node", "bin", "node");

/** What we wait for: npm while it installs, then the script. A request to stop goes to it. */
let current;
let stopping = false;

/** Installs what package-lock.json names when it changed, then runs `script` under the pinned Node and exits as it does. */
export async function runPinned(script, args) {
  requireNode(20);
  passSignals();
  watchNpm();
  await ensureInstalled();
  process.exit(await runChild(script, args));
}

function requireNode(oldest) {
  if (Number(process.versions.node.split(".")[0]) >= oldest) return;
  fail(`Node ${oldest} or later is needed to begin; this is Node ${process.versions.node}. Get one at https://nodejs.org`);
}

async function ensureInstalled() {
  if (isInstalled()) return;
  const release = await takeTurn();
  try {
    if (!isInstalled()) await install();
  } finally {
    release();
  }
}

function isInstalled() {
  if (!existsSync(pinnedNode)) return false;
  if (existsSync(stampFile)) return readFileSync(stampFile, "utf8") === lockHash();
  if (!holdsLockedVersions()) return false;
  writeFileSync(stampFile, lockHash());
  return true;
}

/** For those who ran `npm ci` themselves: npm keeps a list of what it put into node_modules. */
function holdsLockedVersions() {
  const installedFile = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installedFile)) return false;
  const installed = JSON.parse(readFileSync(installedFile, "utf8")).packages;
  const wanted = Object.entries(JSON.parse(readFileSync(lockFile, "utf8")).packages);
  return wanted.every(
    ([path, { version, optional }]) => path === "" || (optional && !installed[path]) || installed[path]?.version === version,
  );
}

function lockHash() {
  return createHash("sha256").update(readFileSync(lockFile)).digest("hex");
}

async function install() {
  console.log("Installing packages (once after each change of package-lock.json; about a minute) …");
  const [command, ...first] = npmCommand();
  const started = Date.now();
  const reminder = setInterval(() => console.log(`  still installing (${Math.round((Date.now() - started) / 1000)} s)`), 15_000);
  // Whatever NODE_ENV says: the web app is built here, and the checks are run here.
  current = spawn(command, [...first, "ci", "--include=dev", "--include=optional"], { cwd: root, stdio: "inherit" });
  const code = await exitOf(current);
  clearInterval(reminder);
  if (stopping) fail("Stopped while packages were being installed: the next command installs them.");
  if (code !== 0) fail(`npm ci ended with code ${code}. Is the npm registry reachable? Then run the command again.`);
  if (!existsSync(pinnedNode)) fail("The pinned Node was not installed. Are install scripts switched off (npm config get ignore-scripts)?");
  writeFileSync(stampFile, lockHash());
}

/** The npm that started us, else the one on the path. */
function npmCommand() {
  const started = process.env.npm_execpath;
  if (started && /npm-cli\.[cm]?js$/.test(started)) return [process.execPath, started];
  if (spawnSync("npm", ["--version"], { stdio: "ignore" }).status !== 0) fail("npm is needed (10 or later) and was not found.");
  return ["npm"];
}

/** Two commands on a fresh clone must not install into the same folder at once. */
async function takeTurn() {
  const turn = join(root, "dist", ".installing");
  const ownerFile = join(turn, "pid");
  mkdirSync(dirname(turn), { recursive: true });
  for (let told = false; ; told = true) {
    try {
      mkdirSync(turn);
      writeFileSync(ownerFile, String(process.pid));
      const release = () => rmSync(turn, { recursive: true, force: true });
      process.once("exit", release);
      return release;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (!told) console.log(`Another command is installing packages: waiting for it … (if there is none, remove ${turn})`);
    await sleep(500);
    if (!isAlive(ownerFile)) rmSync(turn, { recursive: true, force: true });
  }
}

function isAlive(pidFile) {
  try {
    const pid = Number(readFileSync(pidFile, "utf8"));
    process.kill(pid, 0);
    // In a container that was killed and started again, the same command has the same number.
    return pid !== process.pid;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** The channel tells the script when we are gone, even by kill -9: it then stops as if asked to. */
function runChild(script, args) {
  current = spawn(pinnedNode, [join(root, script), ...args], { stdio: ["inherit", "inherit", "inherit", "ipc"] });
  return exitOf(current);
}

/** A Ctrl C reaches the whole terminal group, and npm hands it on once more: together they are one request to stop. */
function passSignals() {
  let lastAt = -Infinity;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      if (performance.now() - lastAt < 1_000) return;
      lastAt = performance.now();
      stop(signal);
    });
  }
}

/** When npm was killed without a chance to hand the signal on, nobody is left who could stop us. */
function watchNpm() {
  if (!process.env.npm_lifecycle_event) return;
  const before = npmAndShell();
  const watch = setInterval(() => {
    if (npmAndShell() === before) return;
    // Once: a second request would mean that the first one takes too long.
    clearInterval(watch);
    stop("SIGTERM");
  }, 500).unref();
}

function stop(signal) {
  stopping = true;
  if (!current) process.exit(1);
  current.kill(signal);
}

/** npm runs a script through a shell, which may stay in between (Linux's dash) or give its place to us. */
function npmAndShell() {
  const stat = readOrNothing(`/proc/${process.ppid}/stat`);
  const [, command, grandparent] = /\((.*)\) . (\d+)/.exec(stat) ?? [];
  return /^(ba|da|a|z)?sh$/.test(command ?? "") ? `${process.ppid} of ${grandparent}` : `${process.ppid}`;
}

function readOrNothing(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function exitOf(child) {
  return new Promise((done) => {
    child.once("error", (error) => {
      console.error(error.message);
      done(1);
    });
    child.once("exit", (code, signal) => done(code ?? (signal === "SIGINT" ? 130 : 1)));
  });
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
