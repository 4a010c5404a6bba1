// A webhook receiver as a clinic would write it: npm standardwebhooks checks the signature, npm cloudevents reads the
// event, and an event that came already is answered and not counted again. It fails on demand.
import http from 'node:http';
import https from 'node:https';
import { HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';

export const newSecret = (fill) => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;

const hopeless = 'nothing verified it';

// Throws if no secret fits, or if the event is none.
export function open(secrets, headers, body) {
  const verified = secrets.some((secret) => {
    try {
      new Webhook(secret).verify(body, headers);
      return true;
    } catch {
      return false;
    }
  });
  if (!verified) throw new Error(hopeless);
  const event = HTTP.toEvent({ headers, body });
  event.validate();
  return event;
}

export class Receiver {
  // options: secrets, host (to listen on), tls ({key, cert})
  static async start(options) {
    const receiver = new Receiver();
    receiver.secrets = options.secrets;
    receiver.attempts = []; // everything that was sent, as {id, headers, body, event or refused}
    receiver.effects = new Map(); // by webhook-id: what a clinic would have acted on
    receiver.answers = []; // of the coming notices; then 204
    receiver.connections = 0;
    receiver.hanging = new Set();
    const handle = (request, response) => receiver.receive(request, response);
    receiver.server = options.tls ? https.createServer(options.tls, handle) : http.createServer(handle);
    receiver.server.on('connection', () => { receiver.connections += 1; });
    receiver.server.listen(0, options.host ?? '127.0.0.1');
    await new Promise((resolve, reject) => {
      receiver.server.once('listening', resolve);
      receiver.server.once('error', reject);
    });
    receiver.port = receiver.server.address().port;
    receiver.url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${receiver.port}/in?token=needle-token`;
    return receiver;
  }

  async receive(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const attempt = { id: request.headers['webhook-id'], headers: request.headers, body };
    this.attempts.push(attempt);
    try {
      attempt.event = open(this.secrets, request.headers, body);
    } catch (error) {
      attempt.refused = error.message;
      response.writeHead(401).end();
      return;
    }
    // Checks of the endpoint are answered; faults are for what is about somebody.
    const isCheck = attempt.event.type === 'mendwork.endpoint.check.v1';
    const answer = isCheck ? 204 : this.answers.shift() ?? 204;
    if (answer === 'drop-before') {
      request.socket.destroy();
      return;
    }
    if (answer === 'hang-before') {
      this.hang(response);
      return;
    }
    const status = answer.status ?? (Number(answer) || 204);
    if (!isCheck && status < 300) this.effects.set(attempt.id, attempt.event);
    if (answer === 'drop-after') {
      request.socket.destroy();
    } else if (answer === 'hang-after') {
      this.hang(response);
    } else {
      response.writeHead(status, answer.headers ?? {}).end(answer.body);
    }
  }

  hang(response) {
    this.hanging.add(response);
    this.onHang?.();
  }

  // Resolves once a notice hangs.
  async nextHang() {
    if (this.hanging.size === 0) await new Promise((resolve) => { this.onHang = resolve; });
  }

  // What was sent about one release.
  about(releaseId) {
    return this.attempts.filter((attempt) => attempt.body.includes(releaseId));
  }

  effectsAbout(releaseId) {
    return [...this.effects.values()].filter((event) => event.data?.releaseId === releaseId);
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => { this.server.close(resolve); });
  }
}
