// What the plugin checks share: TAP output, the FHIR peer, and a plugin started the way the host starts it.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

const here = dirname(fileURLToPath(import.meta.url));
const cookie = 'mendwork-plugin-4c0b7d52e19f4a6b8d3a';
const startLimitMs = 30_000;

// --- TAP ---
let count = 0;
let failed = 0;

export function ok(passed, name, found) {
  count += 1;
  failed += passed ? 0 : 1;
  console.log(`${passed ? 'ok' : 'not ok'} ${count} - ${name}`);
  if (!passed && found !== undefined) console.log(`  # found: ${JSON.stringify(found)?.slice(0, 2000)}`);
}

export function same(found, expected, name) {
  ok(JSON.stringify(found) === JSON.stringify(expected), name, found);
}

export function finish() {
  console.log(`1..${count}`);
  return failed === 0 ? 0 : 1;
}

// --- processes ---
function firstLine(child) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no first line in time')), startLimitMs);
    createInterface({ input: child.stdout }).once('line', (line) => {
      clearTimeout(timer);
      resolve(line);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`exited with ${code} before its first line`));
    });
  });
}

export function exitOf(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode ?? child.signalCode);
  return new Promise((resolve) => { child.once('exit', (code, signal) => resolve(code ?? signal)); });
}

// Runs a program to its end.
export async function run(program, args, options = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe', ...(options.fds ?? [])], env: options.env ?? {} });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => { output.stdout += chunk; });
  child.stderr.on('data', (chunk) => { output.stderr += chunk; });
  const status = await new Promise((resolve) => { child.once('close', resolve); });
  return { status, ...output };
}

export function sha256(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

// --- the FHIR peer ---
export class FhirPeer {
  static async start(...args) {
    const peer = new FhirPeer();
    peer.child = spawn(process.execPath, [join(here, 'fhir-server.mjs'), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    peer.url = (await firstLine(peer.child)).replace('ready ', '');
    peer.port = new URL(peer.url).port;
    return peer;
  }

  async call(method, path, body, headers = {}) {
    const url = path.startsWith('/') ? new URL(path, this.url) : `${this.url}/${path}`;
    const response = await fetch(url, { method, body, headers: { 'content-type': 'application/fhir+json', ...headers } });
    const text = await response.text();
    return text ? JSON.parse(text) : undefined;
  }

  dump() { return this.call('GET', '/_peer/dump'); }

  faults(list) { return this.call('POST', '/_peer/faults', list); }

  hanging() { return this.call('GET', '/_peer/hanging'); }

  // The resources of one type that carry the release id.
  async copies(type, releaseId) {
    const all = (await this.dump()).filter((each) => each.resourceType === type);
    return all.filter((each) => [each.identifier].flat().some((identifier) => identifier?.value.startsWith(releaseId)));
  }

  async stop() {
    this.child.kill('SIGKILL');
    await exitOf(this.child);
  }
}

// --- the plugin ---
export class PluginProcess {
  // options: program, binDir, protoDir, ports (to connect to), secret (text of bearer_token)
  static async start(options) {
    const plugin = new PluginProcess();
    plugin.directory = mkdtempSync(join(tmpdir(), 'mendwork-peer-'));
    chmodSync(plugin.directory, 0o700);
    const socket = join(plugin.directory, 'plugin.sock');
    const secretFile = join(plugin.directory, 'secret');
    writeFileSync(secretFile, options.secret ?? '', { mode: 0o600 });
    const program = join(options.binDir, options.program);
    const fds = [openSync(program, 'r'), openSync(secretFile, 'r')];
    const args = ['--executable-fd', '3', '--keep-fd', '4', '--sha256', sha256(program), '--parent-pid', String(process.pid),
      '--writable-directory', plugin.directory, ...options.ports.flatMap((port) => ['--connect-port', String(port)]), '--'];
    plugin.child = spawn(join(options.binDir, 'mendwork-launcher'), args, {
      stdio: ['ignore', 'pipe', 'pipe', ...fds],
      env: { MENDWORK_PLUGIN_COOKIE: cookie, MENDWORK_PLUGIN_API: '1', MENDWORK_PLUGIN_SOCKET: socket, CANARY: 'not for plugins' },
    });
    fds.forEach((fd) => closeSync(fd));
    plugin.stderr = '';
    plugin.stdout = '';
    plugin.child.stderr.on('data', (chunk) => { plugin.stderr += chunk; });
    plugin.child.stdout.on('data', (chunk) => { plugin.stdout += chunk; });
    plugin.expectedHandshake = `1|1|unix|${socket}|grpc`;
    try {
      plugin.handshake = await firstLine(plugin.child);
    } catch (error) {
      throw new Error(`${error.message}: ${plugin.stderr}`);
    }
    plugin.client = newClient(options.protoDir, socket);
    return plugin;
  }

  // Resolves to {response} or {code, message}; never rejects.
  call(method, request = {}, deadlineMs = 60_000) {
    return new Promise((resolve) => {
      this.client[method](request, { deadline: Date.now() + deadlineMs }, (error, response) => {
        resolve(error ? { code: grpc.status[error.code], message: error.details } : { response });
      });
    });
  }

  // The status with which a server stream ends.
  streamStatus(method, request = {}) {
    return new Promise((resolve) => {
      const stream = this.client[method](request, { deadline: Date.now() + 10_000 });
      stream.on('data', () => {});
      stream.on('error', (error) => resolve(grpc.status[error.code]));
      stream.on('end', () => resolve('OK'));
    });
  }

  async kill(signal) {
    this.child.kill(signal);
    return this.ended();
  }

  async ended() {
    const status = await exitOf(this.child);
    this.client.close();
    rmSync(this.directory, { recursive: true, force: true });
    return status;
  }
}

function newClient(protoDir, socket) {
  const definition = protoLoader.loadSync('mendwork/plugin/v1/plugin.proto', {
    includeDirs: [protoDir], longs: Number, enums: String, oneofs: true,
  });
  const { PluginService } = grpc.loadPackageDefinition(definition).mendwork.plugin.v1;
  return new PluginService(`unix://${socket}`, grpc.credentials.createInsecure());
}
