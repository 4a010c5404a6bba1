// Drives mendwork-webhook, started by mendwork-launcher as the host does, against a real HTTP receiver that verifies
// every notice with the reference libraries standardwebhooks and cloudevents, and judges by what the receiver holds.
//
//   node webhook-plugin-check.mjs --bin-dir DIR --proto-dir DIR
//
// TAP on standard output; exit status 1 if anything failed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { lookup } from 'node:dns/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chart, delivery, newReleaseId } from './fhir-events.mjs';
import { exitOf, finish, ok, PluginProcess, run, same } from './harness.mjs';
import { newSecret, open, Receiver } from './webhook-receiver.mjs';

const { values: options } = parseArgs({ options: { 'bin-dir': { type: 'string' }, 'proto-dir': { type: 'string' } } });
const binDir = options['bin-dir'];
const protoDir = options['proto-dir'];
const program = join(binDir, 'mendwork-webhook');
const source = '/practices/riverside';
const [secret, oldSecret, foreignSecret] = [newSecret(1), newSecret(2), newSecret(3)];
const secretSource = [{ name: 'signing_secrets', fileDescriptor: 4 }];
const here = { allowPlainHttp: true, allowedNetworks: ['127.0.0.1/32'] };
const timeouts = { connectMs: 1000, totalMs: 2000 };
// Must be neither in a log nor in a notice.
const needles = ['Zwetschgenkuchen', 'Снежинка', 'MRN-1001', 'gad7', 's4-check-in', 'minimal'];
let allStderr = '';

const start = (ports, secrets = `${secret}\n`) => PluginProcess.start({ program: 'mendwork-webhook', binDir, protoDir, ports, secret: secrets });
const codesOf = (answer) => (answer.response?.diagnostics ?? []).map((each) => [each.field ?? '', each.code]);
const errorsOf = (answer) => (answer.response?.diagnostics ?? []).filter((each) => each.severity === 'DIAGNOSTIC_SEVERITY_ERROR').map((each) => each.code);

async function configure(plugin, url, more = {}) {
  const answer = await plugin.call('Configure', { configuration: JSON.stringify({ url, source, ...here, timeouts, ...more }), secrets: secretSource });
  same(errorsOf(answer), [], 'Configure finds no error');
}

async function startConfigured(receiver, more = {}, secrets = undefined) {
  const plugin = await start([receiver.port, 443], secrets);
  await configure(plugin, receiver.url, more);
  return plugin;
}

async function stop(plugin) {
  const status = await plugin.kill('SIGTERM');
  allStderr += plugin.stderr;
  return status;
}

const deliver = async (plugin, item, deadlineMs) => {
  const answer = await plugin.call('Deliver', { items: [item] }, deadlineMs);
  return answer.response?.results?.[0]?.outcome ?? { error: answer };
};

const revokeRequest = (releaseId, policy) => ({
  releaseId, policy, subject: 'subject-1', recordLink: chart, measureIds: ['gad7'], withdrawnTime: { seconds: 1795352500 },
});
const revoke = async (plugin, releaseId, policy) => (await plugin.call('Revoke', revokeRequest(releaseId, policy))).response?.outcome;

async function checkHandshake(receiver) {
  const byHand = await run(program, []);
  same(byHand.status, 64, 'run by hand it exits with 64');
  const manifest = JSON.parse((await run(program, ['--manifest'])).stdout);
  same(manifest.dataClasses, ['DATA_CLASS_IDS'], 'it asks for identifiers and nothing else');
  const plugin = await start([receiver.port]);
  same(plugin.handshake, plugin.expectedHandshake, 'the handshake line is as agreed');
  const info = (await plugin.call('GetInfo')).response;
  same([info.manifest.id, info.manifest.dataClasses, info.manifest.secrets[0].name], ['org.mendwork.webhook', manifest.dataClasses, 'signing_secrets'], 'GetInfo tells the manifest');
  same((await plugin.call('Reconcile', { releaseId: newReleaseId() })).code, 'UNIMPLEMENTED', 'Reconcile is not declared and does not exist');
  same((await plugin.call('Deliver', { items: [delivery(newReleaseId())] })).code, 'FAILED_PRECONDITION', 'Deliver before Configure is refused');
  same(await stop(plugin), 0, 'SIGTERM ends it with 0');
}

async function checkConfiguration(receiver) {
  const plugin = await start([receiver.port], 'whsec_tooshort\n');
  const good = { url: 'https://hooks.example/in', source };
  const table = [
    [{}, 'url', 'missing'],
    [{ ...good, url: 'http://hooks.example/' }, 'url', 'plain-http'],
    [{ ...good, url: receiver.url }, 'url', 'address-refused'],
    [{ ...good, url: receiver.url, allowedNetworks: ['127.0.0.1/32'] }, 'url', 'plain-http'],
    [{ ...good, url: 'https://169.254.169.254/latest/meta-data' }, 'url', 'address-refused'],
    [{ ...good, url: 'https://[::ffff:10.0.0.1]/' }, 'url', 'address-refused'],
    [{ ...good, url: 'https://localhost/' }, 'url', 'address-refused'],
    [{ ...good, url: 'https://2130706433/' }, 'url', 'not-a-url'],
    [{ ...good, url: 'https://hooks.example@10.0.0.1/' }, 'url', 'not-a-url'],
    [{ ...good, url: 'https://hooks.example:22/' }, 'url', 'port-refused'],
    [{ ...good, allowedNetworks: ['169.254.0.0/16'] }, 'allowedNetworks[0]', 'network-refused'],
    [{ ...good, more: 1 }, 'more', 'unknown-field'],
  ];
  for (const [configuration, field, code] of table) {
    const found = codesOf(await plugin.call('ValidateConfig', { configuration: JSON.stringify(configuration), secretNames: ['signing_secrets'] }));
    ok(found.some(([f, c]) => f === field && c === code), `ValidateConfig names ${field}: ${code}`, found);
  }
  same(codesOf(await plugin.call('ValidateConfig', { configuration: JSON.stringify(good) })), [['', 'secret-missing']], 'without the secret it cannot work');
  const answer = await plugin.call('Configure', { configuration: JSON.stringify(good), secrets: secretSource });
  same(codesOf(answer), [['', 'secret-unusable']], 'a secret that is too short is refused');
  ok(!JSON.stringify(answer).includes('tooshort'), 'and not quoted');
  await stop(plugin);
}

// One release in one mode; returns what arrived.
async function checkRelease(receiver, contentMode) {
  const plugin = await startConfigured(receiver, { contentMode });
  const before = receiver.attempts.length;
  same((await plugin.call('Probe')).response.state, 'PROBE_STATE_READY', `${contentMode}: Probe is ready`);
  same(receiver.attempts.slice(before).map((each) => each.event?.type), ['mendwork.endpoint.check.v1'], 'the endpoint took a signed check first');
  const releaseId = newReleaseId();
  const item = delivery(releaseId);
  const preview = (await plugin.call('Preview', { event: item.event })).response.documents[0];
  ok(!preview.target.includes('needle-token'), 'Preview hides the token of the URL', preview.target);
  const { done } = await deliver(plugin, item);
  same(done?.refs?.map((ref) => ref.id), [`released-${releaseId}-1`], 'the release is delivered');
  const [attempt, ...more] = receiver.about(releaseId);
  same(more, [], 'a release arrives once');
  const { event } = attempt;
  same([event.id, event.source, event.type, event.subject, event.specversion], [attempt.id, source, 'mendwork.response.released.v1', 'subject-1', '1.0'], 'its attributes are right');
  same(event.time, '2026-11-22T10:16:40.000Z', 'its time is that of the release');
  same(event.data, { releaseId, revision: 1 }, 'its data are identifiers and nothing else');
  same(attempt.body, preview.content.toString('utf8'), 'Preview shows what was sent, byte for byte');
  const all = attempt.body + JSON.stringify(attempt.headers);
  same(needles.filter((needle) => all.includes(needle)), [], 'no class of data that was not granted is in it');
  const names = Object.keys(attempt.headers).filter((name) => !name.startsWith('ce-')).sort();
  same(names, ['accept', 'content-length', 'content-type', 'host', 'user-agent', 'webhook-id', 'webhook-signature', 'webhook-timestamp'], 'no header more than needed');
  ok((await deliver(plugin, { ...item, attempt: 2 })).done, 'delivered again');
  const [first, second] = receiver.about(releaseId);
  same([second.id, second.body], [first.id, first.body], 'again means the same id and the same bytes');
  same(receiver.effectsAbout(releaseId).length, 1, 'and one effect');
  await stop(plugin);
  return attempt;
}

function checkReceiver(attempt) {
  const refused = (headers, body) => {
    try {
      open([secret], headers, body);
      return false;
    } catch {
      return true;
    }
  };
  const { headers, body } = attempt;
  same(refused(headers, body), false, 'the receiver takes what was sent');
  same(refused(headers, body.replace('"revision":1', '"revision":2')), true, 'a changed body is noticed');
  same(refused({ ...headers, 'webhook-id': `${attempt.id}0` }, body), true, 'a changed id is noticed');
  const old = String(Number(headers['webhook-timestamp']) - 600);
  same(refused({ ...headers, 'webhook-timestamp': old }, body), true, 'a changed time is noticed');
  const signature = headers['webhook-signature'];
  same(refused({ ...headers, 'webhook-signature': signature.slice(0, -5) + (signature.endsWith('AAAA=') ? 'BBBB=' : 'AAAA=') }, body), true, 'a changed signature is noticed');
}

async function checkFaults(receiver, plugin) {
  const releaseId = newReleaseId();
  receiver.answers = [500, 503];
  const outcomes = [];
  for (let attempt = 1; attempt <= 3; attempt += 1) outcomes.push(await deliver(plugin, { ...delivery(releaseId), attempt }));
  same(outcomes.map((each) => each.retry?.code ?? 'done'), ['server-error', 'server-error', 'done'], 'a receiver that fails twice, then works');
  same(new Set(receiver.about(releaseId).map((each) => each.id)).size, 1, 'sees one webhook-id');
  same(receiver.effectsAbout(releaseId).length, 1, 'and has one effect');

  const lost = newReleaseId();
  receiver.answers = ['drop-before', 'drop-after'];
  same([(await deliver(plugin, delivery(lost))).retry?.code, (await deliver(plugin, delivery(lost))).retry?.code], ['unreachable', 'unreachable'], 'a lost answer is tried again');
  ok((await deliver(plugin, delivery(lost))).done, 'until there is one');
  same(receiver.effectsAbout(lost).length, 1, 'and still there is one effect');

  const table = [
    [{ status: 429, headers: { 'retry-after': '7' } }, { after: 7, code: 'throttled' }],
    [408, { code: 'timed-out' }],
    [502, { code: 'server-error' }],
    [400, { code: 'rejected', scope: 'PERMANENT_SCOPE_ITEM' }],
    [404, { code: 'not-found', scope: 'PERMANENT_SCOPE_CONFIGURATION' }],
    [410, { code: 'gone', scope: 'PERMANENT_SCOPE_CONFIGURATION' }],
  ];
  for (const [answer, expected] of table) {
    receiver.answers = [answer];
    const { retry, permanent } = await deliver(plugin, delivery(newReleaseId()));
    const found = retry ? { ...(retry.after && { after: retry.after.seconds }), code: retry.code } : { code: permanent?.code, scope: permanent?.scope };
    same(found, expected, `${answer.status ?? answer} means ${expected.code}`);
  }
  receiver.answers = [{ status: 200, body: 'x'.repeat(1_000_000) }];
  ok((await deliver(plugin, delivery(newReleaseId()))).done, 'a receiver that says yes at length has said yes');

  const elsewhere = await Receiver.start({ secrets: [secret] });
  receiver.answers = [{ status: 307, headers: { location: elsewhere.url } }];
  same((await deliver(plugin, delivery(newReleaseId()))).permanent?.code, 'redirected', 'a redirect is a failure');
  same(elsewhere.connections, 0, 'and is not followed');
  await elsewhere.stop();
}

async function checkLimits(receiver, plugin) {
  receiver.answers = ['hang-before', 'hang-before'];
  const begun = Date.now();
  same((await deliver(plugin, delivery(newReleaseId()))).retry?.code, 'timed-out', 'a receiver that is silent is given up');
  ok(Date.now() - begun < timeouts.totalMs + 2000, 'by the configured time', Date.now() - begun);
  const late = Date.now();
  const cut = await deliver(plugin, delivery(newReleaseId()), 500);
  ok(Date.now() - late < 1500 && (cut.error?.code === 'DEADLINE_EXCEEDED' || cut.retry), 'a deadline is kept', cut);
  receiver.answers = [];
  ok((await deliver(plugin, delivery(newReleaseId()))).done, 'and the plugin is free again');
}

async function checkKill(receiver) {
  let plugin = await startConfigured(receiver);
  const releaseId = newReleaseId();
  receiver.answers = ['hang-after'];
  receiver.hanging.clear();
  const lost = plugin.call('Deliver', { items: [delivery(releaseId)] });
  await receiver.nextHang();
  same(await plugin.kill('SIGKILL'), 'SIGKILL', 'killed between effect and answer');
  allStderr += plugin.stderr;
  same((await lost).code, 'UNAVAILABLE', 'the host learns nothing');
  plugin = await startConfigured(receiver);
  ok((await deliver(plugin, { ...delivery(releaseId), attempt: 2 })).done, 'delivered again by a new process');
  same([receiver.about(releaseId).length, receiver.effectsAbout(releaseId).length], [2, 1], 'two attempts, one effect');
  return plugin;
}

async function checkSecrets(receiver) {
  const rotating = await startConfigured(receiver, {}, `${secret}\n${oldSecret}\n`);
  for (const [name, held] of [['the new', secret], ['the old', oldSecret]]) {
    receiver.secrets = [held];
    ok((await deliver(rotating, delivery(newReleaseId()))).done, `while secrets change, a receiver with ${name} one takes the notice`);
  }
  receiver.secrets = [foreignSecret];
  const releaseId = newReleaseId();
  same((await deliver(rotating, delivery(releaseId))).permanent?.code, 'unauthorized', 'a receiver with a foreign secret refuses it');
  same(receiver.effectsAbout(releaseId), [], 'and has no effect');
  await stop(rotating);
  const unchecked = await startConfigured(receiver);
  const second = newReleaseId();
  same((await deliver(unchecked, delivery(second))).permanent?.code, 'unauthorized', 'an endpoint that refuses the check');
  same(receiver.about(second), [], 'is told nothing about anybody');
  receiver.secrets = [secret];
  await stop(unchecked);
}

async function checkRevocation(receiver, plugin) {
  const words = { WITHDRAWAL_POLICY_ENTERED_IN_ERROR: 'entered-in-error', WITHDRAWAL_POLICY_DELETE: 'delete', WITHDRAWAL_POLICY_TASK: 'review' };
  for (const [policy, word] of Object.entries(words)) {
    const releaseId = newReleaseId();
    ok((await deliver(plugin, delivery(releaseId))).done, 'delivered, to be withdrawn');
    receiver.answers = [503];
    ok((await revoke(plugin, releaseId, policy)).retry, 'a revocation that meets a fault is tried again');
    for (const round of ['once', 'again']) ok((await revoke(plugin, releaseId, policy)).done, `revoked ${round}`);
    const sent = receiver.about(releaseId).filter((each) => each.event.type === 'mendwork.response.revoked.v1');
    same([sent.length, new Set(sent.map((each) => each.id + each.body)).size], [3, 1], 'every attempt says the same');
    same(sent[0].event.data, { releaseId, withdrawalPolicy: word }, `the receiver is told what to do: ${word}`);
    same([JSON.parse(sent[0].body).time, sent[0].event.subject], [undefined, 'subject-1'], 'about whom, and not when it was withdrawn');
    same(receiver.effectsAbout(releaseId).map((each) => each.type), ['mendwork.response.released.v1', 'mendwork.response.revoked.v1'], 'one notice, one revocation');
  }
}

// Names that lead to this machine: refused without a connection; and with the network named, they arrive.
async function checkNames() {
  const hosts = readFileSync('/etc/hosts', 'utf8').split('\n').map((line) => line.replace(/#.*/, '').trim().split(/\s+/));
  const names = [...new Set([hostname(), ...hosts.flatMap(([, ...each]) => each)])];
  let tried = 0;
  for (const name of names) {
    const { address, family } = await lookup(name).catch(() => ({}));
    const isInside = /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|::1$|f[cd])/.test(address ?? '');
    if (!isInside || /(^|\.)localhost$/.test(name)) continue;
    const receiver = await Receiver.start({ secrets: [secret], host: address, tls }).catch(() => undefined);
    if (!receiver) continue;
    tried += 1;
    const url = `https://${name}:${receiver.port}/`;
    const plugin = await start([receiver.port]);
    await configure(plugin, url, { allowedNetworks: [], allowPlainHttp: false, caCertificates: tls.cert });
    same((await deliver(plugin, delivery(newReleaseId()))).permanent, { code: 'address-refused', scope: 'PERMANENT_SCOPE_CONFIGURATION' }, `a name that leads inside is refused when it is resolved (IPv${family})`);
    same((await plugin.call('Probe')).response.state, 'PROBE_STATE_MISCONFIGURED', 'and the probe says so');
    same(receiver.connections, 0, 'nothing connected');
    await configure(plugin, url, { allowedNetworks: [`${address}/${family === 4 ? 32 : 128}`], caCertificates: tls.cert });
    const { retry } = await deliver(plugin, delivery(newReleaseId()));
    same([retry?.code, receiver.connections], ['untrusted-certificate', 1], 'with its network named it is reached, and its certificate is for another name');
    await stop(plugin);
    await receiver.stop();
  }
  ok(tried > 0, 'this machine has a name that leads inside', names);
}

async function checkTls() {
  const receiver = await Receiver.start({ secrets: [secret], tls });
  const plugin = await start([receiver.port]);
  await configure(plugin, receiver.url);
  same((await deliver(plugin, delivery(newReleaseId()))).retry?.code, 'untrusted-certificate', 'an unknown certificate is not trusted');
  same(receiver.attempts, [], 'and nothing was sent');
  await configure(plugin, receiver.url, { allowPlainHttp: false, caCertificates: tls.cert });
  const releaseId = newReleaseId();
  ok((await deliver(plugin, delivery(releaseId))).done, 'the configured certificate is');
  same(receiver.effectsAbout(releaseId).length, 1, 'and the notice arrived over TLS');
  await stop(plugin);
  await receiver.stop();
}

async function checkGrantedPorts(receiver) {
  const plugin = await start([1]);
  await configure(plugin, receiver.url);
  const before = receiver.connections;
  const outcome = await deliver(plugin, delivery(newReleaseId()));
  if (JSON.parse(plugin.stderr.split('\n')[0]).tcp_restricted) {
    same([outcome.retry?.code, receiver.connections], ['unreachable', before], 'a port that was not granted is out of reach');
  } else {
    console.log('# this kernel has no Landlock rules for TCP ports: granted ports are not enforced here');
  }
  await stop(plugin);
}

async function checkEnd(plugin) {
  same(Object.keys((await plugin.call('Drain')).response ?? { error: 1 }), [], 'Drain answers');
  ok((await plugin.call('Stop')).response, 'Stop answers');
  same(await exitOf(plugin.child), 0, 'Stop ends it with 0');
  allStderr += plugin.stderr;
  await plugin.ended();
}

function makeCertificate() {
  const directory = mkdtempSync(join(tmpdir(), 'mendwork-peer-'));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=receiver.example',
    '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore', timeout: 30_000 });
  const pair = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(directory, { recursive: true });
  return pair;
}

const tls = makeCertificate();

async function main() {
  const receiver = await Receiver.start({ secrets: [secret] });
  await checkHandshake(receiver);
  await checkConfiguration(receiver);
  checkReceiver(await checkRelease(receiver, 'structured'));
  await checkRelease(receiver, 'binary');
  let plugin = await startConfigured(receiver);
  await checkFaults(receiver, plugin);
  await checkLimits(receiver, plugin);
  await checkRevocation(receiver, plugin);
  await stop(plugin);
  plugin = await checkKill(receiver);
  await checkSecrets(receiver);
  await checkTls();
  await checkNames();
  await checkGrantedPorts(receiver);
  await checkEnd(plugin);
  const unasked = receiver.attempts.filter((each) => needles.some((needle) => (each.body + JSON.stringify(each.headers)).includes(needle)));
  same(unasked.map((each) => each.id), [], 'in all that was ever sent there is no content');
  await receiver.stop();
  same([...needles, 'needle-token', 'whsec_'].filter((needle) => allStderr.includes(needle)), [], 'no needle is in any log line');
  same(allStderr.split('\n').filter((line) => line && !line.startsWith('{')), [], 'every log line is structured');
  return finish();
}

process.exit(await main());
