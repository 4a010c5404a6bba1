// Invented events for the FHIR plugin: one exercise with every kind of item, and answers that try to break things.
export const chart = { system: 'urn:oid:1.2.3.4.5', value: 'MRN-1001' };

// Must never be seen in a log.
export const needles = ['Zwetschgenkuchen', 'Снежинка', 'MRN-1001', 'needle-token'];

const text = (en, ru) => ({ text: en, translations: ru ? { ru } : {} });
const option = (code, ordinal, en, ru, loinc) => ({
  code, ordinal, label: text(en, ru), ...(loinc && { coding: { system: 'http://loinc.org', code: loinc } }),
});

export const questionnaire = {
  key: 's4-check-in', variant: 'a', revision: 3, language: 'en', title: text('Weekly check-in', 'Еженедельная отметка'),
  items: [
    { linkId: 'intro', type: 'ITEM_TYPE_DISPLAY', text: text('There is no wrong answer.') },
    {
      linkId: 'mood', type: 'ITEM_TYPE_GROUP', text: text('Last two weeks', 'Последние две недели'), items: [
        {
          linkId: 'mood.nervous', type: 'ITEM_TYPE_CHOICE', control: 'CONTROL_RADIO_BUTTON', text: text('Feeling nervous', 'Нервозность'),
          code: { system: 'http://loinc.org', code: '69725-0' },
          options: [option('never', 0, 'Not at all', 'Совсем нет', 'LA6568-5'), option('days', 1, 'Several days', 'Несколько дней', 'LA6569-3')],
        },
      ],
    },
    {
      linkId: 'close', type: 'ITEM_TYPE_INTEGER', control: 'CONTROL_SLIDER', minimum: 0, maximum: 10, step: 1, text: text('How close did you feel?'),
    },
    {
      linkId: 'why', type: 'ITEM_TYPE_TEXT', maxLength: 20000, text: text('What got in the way?'),
      enableWhen: [{ question: 'close', operator: 'ENABLE_OPERATOR_LESS', value: { integer: 4 } }],
    },
    {
      linkId: 'helped', type: 'ITEM_TYPE_CHOICE', repeats: true, control: 'CONTROL_CHECK_BOX', text: text('What helped?'),
      options: [option('talk', undefined, 'Talking', 'Разговор'), { ...option('none', undefined, 'Nothing'), exclusive: true }],
    },
    { linkId: 'met', type: 'ITEM_TYPE_BOOLEAN', text: text('Did you meet?') },
    { linkId: 'on', type: 'ITEM_TYPE_DATE', text: text('When?') },
    { linkId: 'at', type: 'ITEM_TYPE_TIME', text: text('At what time?') },
    { linkId: 'hours', type: 'ITEM_TYPE_DECIMAL', text: text('How long?') },
    {
      linkId: 'log', type: 'ITEM_TYPE_GROUP', repeats: true, text: text('Activities'), items: [
        { linkId: 'log.what', type: 'ITEM_TYPE_STRING', text: text('What') },
        { linkId: 'log.minutes', type: 'ITEM_TYPE_INTEGER', text: text('Minutes') },
      ],
    },
  ],
};

const activity = (what, minutes) => ({
  linkId: 'log', answers: [{ linkId: 'log.what', values: [{ text: what }] }, { linkId: 'log.minutes', values: [{ integer: minutes }] }],
});

export const answers = [
  { linkId: 'mood', answers: [{ linkId: 'mood.nervous', values: [{ option: 'days' }] }] },
  { linkId: 'close', values: [{ integer: 2 }] },
  { linkId: 'why', values: [{ text: `Zwetschgenkuchen "quoted" \\ |^~& \r\n \u202eRTL Снежинка ${'long '.repeat(3000)}` }] },
  { linkId: 'helped', values: [{ option: 'talk' }] },
  { linkId: 'met', values: [{ boolean: true }] },
  { linkId: 'on', values: [{ date: '2026-11-22' }] },
  { linkId: 'at', values: [{ time: '20:15:00' }] },
  { linkId: 'hours', values: [{ decimal: 1.5 }] },
  activity('Walk', 30),
  activity('Cook', 0),
];

export const measures = [
  { id: 'gad7', coding: { system: 'http://loinc.org', code: '70274-6' }, title: 'GAD-7' },
  { id: 'closeness', title: 'Closeness' },
];

// A delivery of one release; `change` edits the release.
export function delivery(releaseId, change = () => {}) {
  const release = structuredClone({
    releaseId, revision: 1, language: 'ru', authoredTime: { seconds: 1795342500 }, questionnaire, answers, measures,
    scores: [{ measureId: 'gad7', total: 4, band: 'minimal' }],
  });
  change(release);
  return {
    deliveryId: `d-${releaseId.slice(-6)}`, attempt: 1,
    event: { type: 'EVENT_TYPE_RESPONSE_RELEASED', subject: 'subject-1', recordLink: chart, occurredTime: { seconds: 1795342600 }, responseReleased: release },
  };
}

let next = 0;
export function newReleaseId() {
  next += 1;
  return `release-${String(next).padStart(20, '0')}`;
}
