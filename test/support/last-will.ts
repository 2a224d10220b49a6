/**
 * What becomes of a process or a folder that we made when we are gone before its end (killed, or broken off): a shell
 * waits at a pipe that closes with us, ends the process and removes the folder. Never: it touches nothing while we live.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** A moment for processes to go, so that none writes a file where one was just removed. */
const WILL = `read -r _ && exit
[ -z "$1" ] || kill -s KILL -- "$1"
[ -z "$2" ] || { sleep 1; umount -l "$2"; rm -rf -- "$2"; }`;

export interface Estate {
  readonly child?: ChildProcess;
  /** It leads a group of processes of its own, which goes with it. */
  readonly isGroup?: boolean;
  readonly folder?: string;
}

/** It is void when the child has ended, or when the answer is called. */
export function makeWill({ child, isGroup = false, folder = '' }: Estate): () => void {
  const who = child?.pid === undefined ? '' : `${isGroup ? '-' : ''}${child.pid}`;
  // A group of its own: what is sent to ours, as by Ctrl-C, is not meant for it.
  const shell = spawn('sh', ['-c', WILL, 'will', who, folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  shell.on('error', () => {});
  shell.stdin.on('error', () => {});
  shell.unref();
  (shell.stdin as unknown as Socket).unref();
  const revoke = (): void => void shell.stdin.end('void\n');
  child?.once('exit', revoke);
  return revoke;
}
