"""What the quickstart prints at the end: what runs, how to stop it, who can sign in, what to try next."""

import json
import os
import shlex

BUF = "tests/peers/node_modules/@bufbuild/buf-linux-x64/bin/buf"


def say(stage):
    people = json.loads(stage.people_file.read_text())
    therapist = people["therapist"]
    mendctl = f"{os.path.relpath(stage.binaries)}/mendctl --data {stage.data}"
    buf = f"{BUF} curl --protocol grpc --http2-prior-knowledge"
    sign_in = shlex.quote(
        json.dumps({"signInName": therapist["sign_in_name"], "secret": therapist["secret"]})
    )
    print(
        f"""
The server runs: API on {stage.address} (pid {stage.server.pid}), record system on {stage.record_url} (pid {stage.record_system.pid}).
Stop both with:  kill {stage.server.pid} {stage.record_system.pid}
Logs, database and keys are in {stage.data}. This is a demo practice: nothing in it is real, and its support numbers
cannot be dialled.

Who can sign in (kept in {stage.people_file}):"""
    )
    for who in ("administrator", "therapist", "alex", "robin"):
        person = people[who]
        print(f"  {who:<14} {person['sign_in_name']:<24} {person['secret']}")
    print(
        f"""
What to try next:

  Look around as the therapist:
    {mendctl} sign-in --name {therapist['sign_in_name']}
    {mendctl} couple list
    {mendctl} flag list --all
    {mendctl} plugin deliveries {people['plugin']}
    {mendctl} --help

  Call the API with a client none of us wrote (it learns the methods by reflection):
    {buf} -d {sign_in} \\
      http://{stage.address}/mendwork.v1.SessionService/SignIn
    {buf} -H "authorization: Bearer TOKEN" \\
      -d '{{"parent": "{people['practice']}"}}' http://{stage.address}/mendwork.v1.CareService/ListCouples

  See what the record system holds:
    curl -s {stage.record_url}/QuestionnaireResponse

  Play it again on the same data, with a new couple:  kill as above, then deploy/quickstart""",
        flush=True,
    )
