import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** Who runs PostgreSQL: it refuses to be root. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** Where the programs and the data are, and as whom they run (`undefined`: as ourselves). */
export interface Place {
  readonly native: string;
  readonly clusterDir: string;
  readonly runAs: RunAs | undefined;
  /** The data had to leave the folder that was asked for. */
  readonly moved: boolean;
}

const fallbackRoot = "/var/lib/warehouse-builder";

/** Makes the folders that are needed; as root, ones that the unprivileged user can enter. */
export function choosePlace(dataDir: string, native: string): Place {
  const wanted = join(dataDir, "postgres");
  if (process.getuid?.() !== 0) return { native, clusterDir: wanted, runAs: undefined, moved: false };

  const runAs = ownerOf(wanted) ?? unprivilegedUser();
  // Others may pass through to their own folder but not list; every file in it has its own mode.
  chmodSync(dataDir, 0o711);
  const clusterDir = chooseClusterDir(dataDir, wanted, runAs);
  return {
    native: canEnter(join(native, "bin"), runAs) ? native : copyOfBinaries(native),
    clusterDir,
    runAs: ownerOf(clusterDir) ?? runAs,
    moved: clusterDir !== wanted,
  };
}

/** Data that is there decides: who may enter a folder can change, and a second, empty database would seem to have lost everything. */
function chooseClusterDir(dataDir: string, wanted: string, runAs: RunAs): string {
  const enterable = canEnter(dataDir, runAs);
  if (existsSync(join(wanted, "PG_VERSION"))) {
    if (enterable) return wanted;
    throw new Error(
      `PostgreSQL's user can no longer enter ${dataDir}, where its data is. Let others pass through every folder on the way (chmod o+x), or start as another user.`,
    );
  }
  const fallback = join(fallbackRoot, hashOf(dataDir));
  if (enterable && !existsSync(join(fallback, "postgres", "PG_VERSION"))) return wanted;
  return join(fallbackFolder(hashOf(dataDir)), "postgres");
}

function ownerOf(folder: string): RunAs | undefined {
  if (!existsSync(folder)) return undefined;
  const { uid, gid } = statSync(folder);
  return uid === 0 ? undefined : { uid, gid };
}

function unprivilegedUser(): RunAs {
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = [idOf("-u", name), idOf("-g", name)];
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new Error("PostgreSQL does not run as root, and there is neither a user postgres nor nobody. Start as another user.");
}

function idOf(option: "-u" | "-g", name: string): number | undefined {
  try {
    const id = Number(execFileSync("id", [option, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
    return Number.isInteger(id) && id !== 0 ? id : undefined;
  } catch {
    return undefined;
  }
}

/** Whether `user` may pass through every folder down to `folder`. */
export function canEnter(folder: string, user: RunAs): boolean {
  const { uid, gid, mode } = statSync(folder);
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return false;
  return dirname(folder) === folder || canEnter(dirname(folder), user);
}

function fallbackFolder(name: string): string {
  const folder = join(fallbackRoot, name);
  mkdirSync(folder, { recursive: true });
  chmodSync(fallbackRoot, 0o755);
  chmodSync(folder, 0o755);
  return folder;
}

/** Copied under a name of its own and then renamed: a copy that was interrupted is never taken for a whole one. */
function copyOfBinaries(native: string): string {
  const { mtimeMs } = statSync(join(native, "bin", "postgres"));
  const folder = join(fallbackFolder("programs"), hashOf(`${native}:${mtimeMs}`));
  if (existsSync(folder)) return join(folder, "native");
  const draft = `${folder}.${process.pid}`;
  cpSync(native, join(draft, "native"), { recursive: true, verbatimSymlinks: true });
  cpSync(join(native, "..", "package.json"), join(draft, "package.json"));
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(draft, { recursive: true, force: true });
  }
  return join(folder, "native");
}

export function giveTo(runAs: RunAs | undefined, path: string): void {
  if (runAs) chownSync(path, runAs.uid, runAs.gid);
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
