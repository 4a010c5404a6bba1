// Drives mendwork-fhir, started by mendwork-launcher as the host does, against a real FHIR router with faults, and
// judges by what is in the server afterwards.
//
//   node fhir-plugin-check.mjs --bin-dir DIR --proto-dir DIR
//
// TAP on standard output; exit status 1 if anything failed.
import { execPath } from 'node:process';
import { parseArgs } from 'node:util';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { answers, chart, delivery, measures, needles, newReleaseId } from './fhir-events.mjs';
import { exitOf, FhirPeer, finish, ok, PluginProcess, run, same, sha256 } from './harness.mjs';
import { check } from './validate-fhir.mjs';

const { values: options } = parseArgs({ options: { 'bin-dir': { type: 'string' }, 'proto-dir': { type: 'string' } } });
const binDir = options['bin-dir'];
const protoDir = options['proto-dir'];
const launcher = join(binDir, 'mendwork-launcher');
const program = join(binDir, 'mendwork-fhir');
const identifierBaseUrl = 'https://practice.example/mendwork';
const attemptsMax = 8;
let allStderr = '';

async function startPlugin(peer, secret) {
  return PluginProcess.start({ program: 'mendwork-fhir', binDir, protoDir, ports: [peer.port, 1], secret });
}

async function configure(plugin, configuration, secrets = []) {
  return plugin.call('Configure', { configuration: JSON.stringify(configuration), secrets });
}

async function startConfigured(peer) {
  const plugin = await startPlugin(peer);
  const { response } = await configure(plugin, { baseUrl: peer.url, identifierBaseUrl });
  same(response?.diagnostics ?? [], [], 'Configure finds nothing wrong');
  return plugin;
}

async function stop(plugin) {
  const status = await plugin.kill('SIGTERM');
  allStderr += plugin.stderr;
  return status;
}

const resultOf = (answer) => answer.response?.results?.[0]?.outcome ?? { error: answer };
const deliver = async (plugin, item) => resultOf(await plugin.call('Deliver', { items: [item] }));

// Repeats as the host would, without its waiting; returns every outcome.
async function deliverUntilDone(plugin, item) {
  const outcomes = [];
  while (outcomes.length < attemptsMax) {
    outcomes.push(await deliver(plugin, item));
    if (!outcomes.at(-1).retry) break;
  }
  return outcomes;
}

async function counts(peer, releaseId) {
  const dump = await peer.dump();
  return {
    response: (await peer.copies('QuestionnaireResponse', releaseId)).length,
    scores: (await peer.copies('Observation', releaseId)).length,
    questionnaires: dump.filter((each) => each.resourceType === 'Questionnaire').length,
  };
}

async function checkLauncher() {
  const launch = async (path, ...more) => {
    const fd = openSync(path, 'r');
    const result = await run(launcher, ['--executable-fd', '3', ...more], {
      fds: [fd], env: { MENDWORK_PLUGIN_COOKIE: 'only this', SECRET: 'x', PATH: '/usr/bin' },
    });
    closeSync(fd);
    return result;
  };
  same((await launch('/usr/bin/env', '--sha256', '0'.repeat(64), '--')).status, 65, 'launcher refuses bytes with another hash');
  const script = new URL('./harness.mjs', import.meta.url).pathname;
  same((await launch(script, '--sha256', sha256(script), '--')).status, 65, 'launcher refuses what is no ELF program');
  same((await run(launcher, ['--guess'])).status, 64, 'launcher refuses unknown arguments');
  const env = await launch('/usr/bin/env', '--sha256', sha256('/usr/bin/env'), '--');
  same(env.stdout, 'MENDWORK_PLUGIN_COOKIE=only this\n', 'a plugin sees its own variables only');
  const status = await launch('/usr/bin/cat', '--sha256', sha256('/usr/bin/cat'), '--', '/proc/self/status');
  for (const line of ['NoNewPrivs:\t1', 'Seccomp:\t2', 'CapEff:\t0000000000000000', 'CapBnd:\t0000000000000000']) {
    ok(status.stdout.includes(line), `a plugin runs with ${line.replace('\t', ' ')}`, status);
  }
  const files = await launch('/usr/bin/ls', '--sha256', sha256('/usr/bin/ls'), '--', '/proc/self/fd');
  same(files.stdout.trim().split('\n'), ['0', '1', '2', '3'], 'a plugin inherits no descriptors (3 is the listing itself)');
  const outside = await launch('/usr/bin/cat', '--sha256', sha256('/usr/bin/cat'), '--', '/etc/passwd');
  const report = JSON.parse(outside.stderr.split('\n')[0]);
  ok(outside.status !== 0 || !report.files_restricted, 'a plugin cannot read /etc/passwd where Landlock exists', outside);
  const other = await launch('/usr/bin/env', '--sha256', sha256('/usr/bin/env'), '--', '/usr/bin/true');
  ok(other.status !== 0, 'a plugin cannot start another program', other);
}

async function checkHandshake(peer) {
  const byHand = await run(program, []);
  same(byHand.status, 64, 'run by hand it exits with 64');
  ok(byHand.stderr.includes('started by mendworkd'), 'run by hand it explains itself', byHand.stderr);
  const manifest = JSON.parse((await run(program, ['--manifest'])).stdout);

  const plugin = await startPlugin(peer);
  same(plugin.handshake, plugin.expectedHandshake, 'the handshake line is as agreed');
  const info = (await plugin.call('GetInfo')).response;
  same([info.manifest.id, info.manifest.version, info.manifest.dataClasses], [manifest.id, manifest.version, manifest.dataClasses], 'GetInfo tells the manifest');
  const schema = JSON.parse(info.configurationSchema);
  ok(schema.properties.baseUrl !== undefined, 'GetInfo tells the configuration schema');
  same((await plugin.call('Deliver', { items: [delivery(newReleaseId())] })).code, 'FAILED_PRECONDITION', 'Deliver before Configure is refused');
  same(await plugin.streamStatus('Import'), 'UNIMPLEMENTED', 'Import is not declared and does not exist');
  same(await stop(plugin), 0, 'SIGTERM ends it with 0');
  same(plugin.stdout, `${plugin.expectedHandshake}\n`, 'nothing but the handshake is on standard output');
}

async function checkConfiguration(peer) {
  const plugin = await startPlugin(peer, 'needle-token\n');
  const good = { baseUrl: peer.url, identifierBaseUrl };
  const table = [
    [{}, 'baseUrl', 'missing'],
    [{ ...good, baseUrl: 'http://ehr.example/fhir' }, 'baseUrl', 'plain-http'],
    [{ ...good, baseUrl: 'https://user:pw@ehr.example/fhir' }, 'baseUrl', 'not-a-url'],
    [{ ...good, baseUrl: 'file:///etc/passwd' }, 'baseUrl', 'not-a-url'],
    [{ ...good, more: 1 }, 'more', 'unknown-field'],
    [{ ...good, timeouts: { totalMs: 5 } }, 'timeouts.totalMs', 'out-of-range'],
    [{ ...good, authentication: 'smart-backend-services' }, 'authentication', 'unimplemented'],
    [{ ...good, authentication: 'bearer' }, 'authentication', 'secret-missing'],
  ];
  for (const [configuration, field, code] of table) {
    const { response } = await plugin.call('ValidateConfig', { configuration: JSON.stringify(configuration) });
    const found = (response.diagnostics ?? []).map((each) => [each.field, each.code]);
    ok(found.some(([f, c]) => f === field && c === code), `ValidateConfig names ${field}: ${code}`, found);
  }
  same((await configure(plugin, {})).response.diagnostics.length, 2, 'Configure tells every error at once');

  const guarded = await FhirPeer.start('--token', 'needle-token', '--patient', `${chart.system}|${chart.value}`);
  await stop(plugin);
  const second = await startPlugin(guarded, 'needle-token\n');
  await configure(second, { baseUrl: guarded.url, identifierBaseUrl });
  same((await deliver(second, delivery(newReleaseId()))).permanent, { code: 'unauthorized', scope: 'PERMANENT_SCOPE_CONFIGURATION' }, 'without the token the account is wrong, not the item');
  await configure(second, { baseUrl: guarded.url, identifierBaseUrl, authentication: 'bearer' }, [{ name: 'bearer_token', fileDescriptor: 4 }]);
  ok((await deliver(second, delivery(newReleaseId()))).done, 'the token comes by file descriptor');
  await stop(second);
  await guarded.stop();
}

async function checkPreview(plugin, peer) {
  const before = (await peer.dump()).length;
  const item = delivery(newReleaseId());
  const { response } = await plugin.call('Preview', { event: item.event });
  const bundle = JSON.parse(response.documents[0].content.toString('utf8'));
  same(bundle.entry.map((entry) => entry.resource.resourceType), ['Questionnaire', 'QuestionnaireResponse', 'Observation'], 'Preview shows the bundle');
  same(check(bundle), [], 'the bundle passes both validators');
  same((await peer.dump()).length, before, 'Preview writes nothing');
  const unlinked = { ...item.event, recordLink: { ...chart, value: 'nobody' } };
  same((await plugin.call('Preview', { event: unlinked })).response.refusal?.code, 'chart-not-found', 'Preview tells a refusal');
}

async function checkFaults(plugin, peer) {
  await peer.faults('429,drop-before,503,drop-after');
  const releaseId = newReleaseId();
  const outcomes = await deliverUntilDone(plugin, delivery(releaseId));
  same(outcomes.map((each) => each.retry?.code ?? Object.keys(each)[0]), ['throttled', 'unreachable', 'server-error', 'unreachable', 'done'], 'each fault is told as what it is');
  same(outcomes[0].retry?.after?.seconds, 1, 'Retry-After is passed on');
  const again = await deliver(plugin, delivery(releaseId));
  ok(again.done, 'delivered again it is done again', again);
  same(again.done?.contentHash, outcomes.at(-1).done?.contentHash, 'with the same content hash');
  same(await counts(peer, releaseId), { response: 1, scores: 1, questionnaires: 1 }, 'after four faults and two deliveries there is one of each');
  same(again.done?.refs.map((each) => each.type), ['QuestionnaireResponse', 'Observation'], 'the references tell what is there');
  for (const [fault, code] of [['302', 'redirected'], ['huge', 'answer-too-large']]) {
    await peer.faults(fault);
    same((await deliver(plugin, delivery(newReleaseId()))).permanent, { code, scope: 'PERMANENT_SCOPE_CONFIGURATION' }, `${fault}: the configuration is wrong`);
  }
  await peer.faults('500');
  same((await deliver(plugin, delivery(newReleaseId()))).retry?.code, 'server-error', 'a 500 that wrote nothing is tried again');
}

async function checkValidity(peer) {
  const dump = (await peer.dump()).filter((each) => each.resourceType !== 'Patient');
  const found = dump.flatMap((each) => check(each, dump.filter((other) => other.resourceType === 'Questionnaire')));
  same(found, [], `everything in the server (${dump.length} resources) passes both validators`);
}

async function checkRevisions(plugin, peer) {
  const releaseId = newReleaseId();
  const first = await deliver(plugin, delivery(releaseId));
  const second = { ...delivery(releaseId, (r) => { r.revision = 2; r.answers[1].values[0].integer = 1; }), knownRefs: first.done.refs };
  ok((await deliver(plugin, second)).done, 'a later revision is delivered');
  const [response] = await peer.copies('QuestionnaireResponse', releaseId);
  same([response.status, response.item[1].answer[0].valueInteger], ['amended', 1], 'the response is amended in place');
  same(await counts(peer, releaseId), { response: 1, scores: 1, questionnaires: 1 }, 'and there is still one of each');

  const narrower = delivery(releaseId, (r) => { r.revision = 2; r.answers = answers.slice(0, 1); r.scores = []; });
  const done = await deliver(plugin, narrower);
  ok(done.done, 'an attempt with less consent is delivered', done);
  const [narrow] = await peer.copies('QuestionnaireResponse', releaseId);
  same(narrow.item.length, 1, 'what consent no longer covers is out of the response');
  same((await peer.copies('Observation', releaseId))[0].status, 'entered-in-error', 'and the score is taken back');

  ok((await deliver(plugin, delivery(releaseId, (r) => { r.revision = 3; }))).done, 'with the consent back it is delivered whole');
  same((await peer.copies('Observation', releaseId))[0].status, 'amended', 'and the score counts again');

  const edited = { ...(await peer.copies('QuestionnaireResponse', releaseId))[0], item: [{ linkId: 'close', text: 'edited', answer: [{ valueInteger: 9 }] }] };
  await peer.call('PUT', `QuestionnaireResponse/${edited.id}`, JSON.stringify(edited));
  const conflict = await deliver(plugin, delivery(releaseId, (r) => { r.revision = 4; }));
  same(conflict.conflict?.code, 'changed-remotely', 'what somebody else edited is not written over');
}

async function checkRefusals(plugin, peer) {
  const unknown = delivery(newReleaseId());
  unknown.event.recordLink = { ...chart, value: 'MRN-0' };
  same((await deliver(plugin, unknown)).permanent, { code: 'chart-not-found', scope: 'PERMANENT_SCOPE_RECORD_LINK' }, 'no chart: permanent, about the link');
  const twin = { resourceType: 'Patient', identifier: [{ system: chart.system, value: 'twin' }] };
  await peer.call('POST', 'Patient', JSON.stringify(twin));
  await peer.call('POST', 'Patient', JSON.stringify(twin));
  const ambiguous = delivery(newReleaseId());
  ambiguous.event.recordLink = { ...chart, value: 'twin' };
  same((await deliver(plugin, ambiguous)).permanent?.code, 'chart-ambiguous', 'two charts: permanent, nobody guesses');
  const foreign = delivery(newReleaseId(), (r) => { r.answers.push({ linkId: 'other', values: [{ text: 'x' }] }); });
  same((await deliver(plugin, foreign)).permanent?.code, 'invalid-event', 'an answer without item is refused');
  const two = [delivery(newReleaseId()), delivery(newReleaseId())];
  two[1].event.subject = 'subject-2';
  same((await plugin.call('Deliver', { items: two })).code, 'INVALID_ARGUMENT', 'two persons in one call are refused');
}

async function checkRevocation(plugin, peer) {
  const release = async () => {
    const releaseId = newReleaseId();
    const { done } = await deliver(plugin, delivery(releaseId));
    return { releaseId, subject: 'subject-1', recordLink: chart, refs: done.refs, measureIds: measures.map((each) => each.id), withdrawnTime: { seconds: 1795352500 } };
  };
  const revoke = async (request, policy) => (await plugin.call('Revoke', { ...request, policy })).response?.outcome;
  const states = async (request) => (await plugin.call('Reconcile', request)).response?.copies?.map((each) => each.state) ?? [];

  const marked = await release();
  same(await states(marked), ['REMOTE_STATE_ACTIVE', 'REMOTE_STATE_ACTIVE'], 'Reconcile sees both copies');
  await peer.faults('503,drop-after');
  ok((await revoke({ ...marked, refs: [] }, 'WITHDRAWAL_POLICY_ENTERED_IN_ERROR')).retry, 'a revocation that meets a fault is tried again');
  await peer.faults('none');
  for (const round of ['once', 'again']) {
    ok((await revoke({ ...marked, refs: [] }, 'WITHDRAWAL_POLICY_ENTERED_IN_ERROR')).done, `entered-in-error ${round}, without references`);
  }
  same(await states(marked), ['REMOTE_STATE_ENTERED_IN_ERROR', 'REMOTE_STATE_ENTERED_IN_ERROR'], 'both copies are entered in error');
  same((await deliver(plugin, delivery(marked.releaseId))).conflict?.code, 'entered-in-error', 'a late delivery does not bring it back');

  const deleted = await release();
  ok((await revoke(deleted, 'WITHDRAWAL_POLICY_DELETE')).done, 'deleted');
  ok((await revoke(deleted, 'WITHDRAWAL_POLICY_DELETE')).done, 'deleted again: gone counts as done');
  same(await states(deleted), ['REMOTE_STATE_GONE', 'REMOTE_STATE_GONE'], 'nothing is left');

  const tasked = await release();
  await peer.faults('drop-after');
  ok((await revoke(tasked, 'WITHDRAWAL_POLICY_TASK')).retry, 'a task whose answer was lost is tried again');
  const [first, second] = [await revoke(tasked, 'WITHDRAWAL_POLICY_TASK'), await revoke(tasked, 'WITHDRAWAL_POLICY_TASK')];
  same([first.done?.refs[0].type, second.done?.refs[0].id], ['Task', first.done?.refs[0].id], 'a task is left, once');
  const tasks = await peer.copies('Task', tasked.releaseId);
  same([tasks.length, tasks[0]?.code.text], [1, 'Review in practice system'], 'with a neutral text');
  same(await states(tasked), ['REMOTE_STATE_ACTIVE', 'REMOTE_STATE_ACTIVE'], 'the copies stay as they are');
}

async function checkKill(peer) {
  let plugin = await startConfigured(peer);
  const releaseId = newReleaseId();
  await peer.faults('hang-after');
  const lost = plugin.call('Deliver', { items: [delivery(releaseId)] });
  await peer.hanging();
  same(await plugin.kill('SIGKILL'), 'SIGKILL', 'killed between effect and answer');
  allStderr += plugin.stderr;
  same((await lost).code, 'UNAVAILABLE', 'the host learns nothing');
  plugin = await startConfigured(peer);
  ok((await deliver(plugin, delivery(releaseId))).done, 'delivered again by a new process');
  same(await counts(peer, releaseId), { response: 1, scores: 1, questionnaires: 1 }, 'there is one of each');

  await peer.faults('hang-after');
  const start = Date.now();
  const late = await plugin.call('Deliver', { items: [delivery(newReleaseId())] }, 700);
  const took = Date.now() - start;
  ok(took < 1_700 && (late.code === 'DEADLINE_EXCEEDED' || resultOf(late).retry), 'a deadline is kept', { took, late });
  ok((await deliver(plugin, delivery(releaseId))).done, 'and the plugin is free again');
  return plugin;
}

async function checkEnd(plugin, peer) {
  same((await plugin.call('Probe')).response.state, 'PROBE_STATE_READY', 'Probe: ready');
  const other = await startPlugin(peer);
  await configure(other, { baseUrl: 'http://127.0.0.1:1/fhir', identifierBaseUrl });
  same((await other.call('Probe')).response.state, 'PROBE_STATE_DEGRADED', 'Probe: no server');
  await configure(other, { baseUrl: peer.url.replace('127.0.0.1', 'localhost'), identifierBaseUrl });
  same((await other.call('Probe')).response.state, 'PROBE_STATE_READY', 'Probe: a server by name (names resolve inside the sandbox)');
  await stop(other);
  same(Object.keys((await plugin.call('Drain')).response ?? { error: 1 }), [], 'Drain answers');
  same((await plugin.call('Deliver', { items: [delivery(newReleaseId())] })).code, 'UNAVAILABLE', 'after Drain nothing begins');
  ok((await plugin.call('Stop')).response, 'Stop answers');
  same(await exitOf(plugin.child), 0, 'Stop ends it with 0');
  allStderr += plugin.stderr;
  await plugin.ended();
}

async function main() {
  console.log(`# node ${execPath.split('/').slice(-3).join('/')}`);
  await checkLauncher();
  const peer = await FhirPeer.start('--patient', `${chart.system}|${chart.value}`);
  await checkHandshake(peer);
  await checkConfiguration(peer);
  let plugin = await startConfigured(peer);
  await checkPreview(plugin, peer);
  await checkFaults(plugin, peer);
  await checkRefusals(plugin, peer);
  await checkRevocation(plugin, peer);
  await checkRevisions(plugin, peer);
  await stop(plugin);
  plugin = await checkKill(peer);
  await checkEnd(plugin, peer);
  await peer.stop();
  const leaked = needles.filter((needle) => allStderr.includes(needle));
  same(leaked, [], 'no needle is in any log line');
  const unread = allStderr.split('\n').filter((line) => line && !line.startsWith('{'));
  same(unread, [], 'every log line is structured');
  return finish();
}

process.exit(await main());
