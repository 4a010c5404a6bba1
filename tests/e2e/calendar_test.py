#!/usr/bin/python3
"""Keeps appointments in a real CalDAV server through the real plugin, while server, plugin and endpoint die.

One entry for each appointment that everybody consented to, at the right moment, telling nothing; and a feed that
can be taken back.
"""

import datetime
import hashlib
import json
import os
import pathlib
import re
import secrets
import signal
import string
import zoneinfo

import e2e
import icalendar
import mendwork_client
import practice as practice_module
import radicale_peer
from server import wait_until

admin = mendwork_client.package("mendwork.admin.v1")
v1 = mendwork_client.package("mendwork.v1")

SECONDS = 120
MARKER = "qzmarker"
MADRID = zoneinfo.ZoneInfo("Europe/Madrid")
Delivery = admin.Delivery
# Whatever else an entry held could tell.
ALLOWED = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS", "TRANSP", "SUMMARY", "CLASS"}
TELLING = re.compile(
    rb"qzmarker|therap|couple|partner|mendwork|betray|involved|relation|homework|safe|practices/",
    re.IGNORECASE,
)
ALPHABET = string.ascii_lowercase + string.digits


def child_processes(pid):
    """Returns the processes that one started: its plugins."""
    children = pathlib.Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in children for child in path.read_text().split()]


def in_days(days, hour=10):
    """Returns ten o'clock in Madrid, some days from now."""
    day = datetime.datetime.now(MADRID).date() + datetime.timedelta(days=days)
    return datetime.datetime.combine(day, datetime.time(hour), MADRID)


def timestamp(moment):
    return {"seconds": int(moment.timestamp())}


def events_of(calendar):
    return icalendar.Calendar.from_ical(calendar.decode()).walk("VEVENT")


class Calendars(e2e.PracticeTest):
    """Gives every test a fresh calendar and a fresh couple."""

    def setUp(self):
        self.peer = radicale_peer.CalDavPeer().start()
        self.addCleanup(self.peer.stop)
        self.plugin = self.connect_plugin()
        self.pair = self.practice.bring_in_couple(self.therapist, (f"{MARKER}one", f"{MARKER}two"))

    def administer(self, method, **fields):
        return self.practice.administrator.call(f"PluginAdminService.{method}", **fields)

    def connect_plugin(self):
        """Registers the plugin once, and points it at this test's calendar."""
        package = (e2e.Options.binaries / ".." / "packages" / "calendar").resolve()
        digest = hashlib.sha256((package / "mendwork-calendar").read_bytes()).hexdigest()
        known = self.practice.administrator.client.list(
            "PluginAdminService.ListPlugins", "plugins", parent=self.practice.name
        )
        if not known:
            self.administer(
                "RegisterPlugin",
                parent=self.practice.name,
                package_directory=str(package),
                executable_sha256=digest,
            )
        name = self.grant([admin.DATA_CLASS_APPOINTMENTS])
        self.configure()
        self.administer("EnablePlugin", name=name)
        return name

    def registered(self):
        return self.practice.administrator.client.list(
            "PluginAdminService.ListPlugins", "plugins", parent=self.practice.name
        )[0]

    def grant(self, classes):
        plugin = self.registered()
        egress = [f"127.0.0.1:{self.peer.port}"]
        return self.administer(
            "GrantPlugin", name=plugin.name, etag=plugin.etag, data_classes=classes, egress=egress
        ).name

    def configure(self, **more):
        settings = {
            "calendarUrl": self.peer.url,
            "username": radicale_peer.ACCOUNT,
            "password": radicale_peer.PASSWORD,
            "timeouts": {"connectMs": 1000, "totalMs": 5000},
            **more,
        }
        plugin = self.registered()
        self.administer(
            "ConfigurePlugin", name=plugin.name, etag=plugin.etag, configuration_json=json.dumps(settings)
        )

    def consent(self, partner, **fields):
        """Agrees to copies; takes it back after the test, so that the next calendar stays its own."""
        name = partner.call(
            "ConsentService.GrantConsent",
            parent=self.pair.name,
            scope={"everything": True},
            audience={"kind": practice_module.AudienceKind.KIND_PLUGIN, "resource": self.plugin},
            wording_hash=practice_module.wording_hash(
                partner, self.practice.name, practice_module.Topic.CONSENT_TOPIC_RECORD
            ),
            **fields,
        ).name
        self.addCleanup(partner.call, "ConsentService.WithdrawConsent", name=name)
        return name

    def book(self, attendees, start, minutes=50):
        return self.therapist.call(
            "CareService.CreateAppointment",
            parent=self.pair.name,
            appointment={
                "attendees": [partner.name for partner in attendees],
                "start_time": timestamp(start),
                "end_time": timestamp(start + datetime.timedelta(minutes=minutes)),
            },
        )

    def change(self, appointment, **fields):
        changed = v1.Appointment()
        changed.CopyFrom(appointment)
        for field, value in fields.items():
            if isinstance(value, dict):
                getattr(changed, field).seconds = value["seconds"]
            else:
                setattr(changed, field, value)
        return self.therapist.call(
            "CareService.UpdateAppointment", appointment=changed, update_mask={"paths": list(fields)}
        )

    def move(self, appointment, start, minutes=50):
        return self.change(
            appointment,
            start_time=timestamp(start),
            end_time=timestamp(start + datetime.timedelta(minutes=minutes)),
        )

    def newest(self, kind):
        page = self.therapist.call("PluginAdminService.ListDeliveries", parent=self.plugin)
        return next((each for each in page.deliveries if each.kind == kind), None)

    def wait_for_entries(self, *starts):
        """Waits until the calendar holds entries at exactly these moments; returns them in that order."""
        wanted = sorted(starts)

        def reached():
            found = [event for calendar in self.peer.entries().values() for event in events_of(calendar)]
            found.sort(key=lambda event: event["DTSTART"].dt)
            return (found or [True]) if [event["DTSTART"].dt for event in found] == wanted else None

        return wait_until(f"there are {len(wanted)} entries at their times", reached, SECONDS)

    def wait_until_settled(self):
        """Waits until no delivery waits."""

        def settled():
            page = self.therapist.call("PluginAdminService.ListDeliveries", parent=self.plugin)
            return all(each.state != Delivery.STATE_PENDING for each in page.deliveries)

        wait_until("no delivery waits", settled, SECONDS)

    def reconnect(self):
        """Connects everybody again after a restart; sessions outlive the server."""
        for person in (*self.pair.partners, self.therapist, self.practice.administrator):
            token = person.client.token
            person.client.close()
            person.client = self.practice.connect(admin=person is self.practice.administrator)
            person.client.token = token

    def puts(self):
        return [path for method, path in self.peer.writes if method == "PUT"]

    def test_made_moved_and_cancelled(self):
        one = self.pair.partners[0]
        self.consent(one)
        appointment = self.book([one], in_days(7))
        event = self.wait_for_entries(in_days(7))[0]
        self.assertEqual(set(event.keys()), ALLOWED)
        self.assertEqual(str(event["SUMMARY"]), "Appointment")
        self.assertEqual(str(event["CLASS"]), "PRIVATE")
        self.assertEqual(str(event["STATUS"]), "CONFIRMED")
        self.assertEqual(event["DTEND"].dt - event["DTSTART"].dt, datetime.timedelta(minutes=50))
        uid = str(event["UID"])
        appointment = self.move(appointment, in_days(8))
        event = self.wait_for_entries(in_days(8))[0]
        self.assertEqual((str(event["UID"]), int(event["SEQUENCE"])), (uid, 1))
        self.change(appointment, state=v1.Appointment.STATE_CANCELLED)
        wait_until(
            "the entry is cancelled",
            lambda: str(self.wait_for_entries(in_days(8))[0]["STATUS"]) == "CANCELLED",
            SECONDS,
        )
        event = self.wait_for_entries(in_days(8))[0]
        self.assertEqual((str(event["UID"]), int(event["SEQUENCE"])), (uid, 2))
        self.assertEqual(len(set(self.puts())), 1)

    def test_the_clock_change_moves_nothing(self):
        """Ten o'clock stays ten o'clock on both sides of the last Sunday of March."""
        one = self.pair.partners[0]
        self.consent(one)
        year = datetime.datetime.now(MADRID).year + 1
        sunday = next(
            day for day in (datetime.date(year, 3, number) for number in range(25, 32)) if day.weekday() == 6
        )
        starts = [
            datetime.datetime.combine(sunday + datetime.timedelta(days=days), datetime.time(10), MADRID)
            for days in (-1, 0)
        ]
        for start in starts:
            self.book([one], start)
        events = self.wait_for_entries(*starts)
        utc = [event["DTSTART"].dt.astimezone(datetime.timezone.utc).hour for event in events]
        self.assertEqual(utc, [9, 8])
        local = [event["DTSTART"].dt.astimezone(MADRID).time() for event in events]
        self.assertEqual(local, [datetime.time(10), datetime.time(10)])

    def test_each_consents_for_themselves(self):
        one, two = self.pair.partners
        self.consent(one)
        self.book([one], in_days(7, 9))
        self.book([two], in_days(7, 11))
        self.book([one, two], in_days(7, 13))
        self.wait_for_entries(in_days(7, 9))
        consent = self.consent(two)  # what was booked before comes with the consent
        self.wait_for_entries(in_days(7, 9), in_days(7, 11), in_days(7, 13))
        two.call("ConsentService.WithdrawConsent", name=consent)
        self.wait_for_entries(in_days(7, 9))
        self.assertNotIn(int(in_days(7, 11).timestamp()), self.starts_seen_by(one))
        self.assertNotIn(int(in_days(7, 9).timestamp()), self.starts_seen_by(two))

    def starts_seen_by(self, partner):
        appointments = partner.client.list(
            "CareService.ListAppointments", "appointments", parent=self.pair.name
        )
        return [each.start_time.seconds for each in appointments]

    def test_a_consent_that_expires_ends_like_one_that_is_withdrawn(self):
        one = self.pair.partners[0]
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=20)
        self.consent(one, expire_time=timestamp(soon))
        self.book([one], in_days(7))
        self.wait_for_entries(in_days(7))
        self.wait_for_entries()

    def test_nothing_without_the_grant_of_the_administrator(self):
        one = self.pair.partners[0]
        consent = self.consent(one)
        self.book([one], in_days(7))
        self.wait_for_entries(in_days(7))
        self.grant([])
        self.wait_for_entries()
        self.book([one], in_days(8))
        self.wait_until_settled()
        self.assertEqual(self.peer.entries(), {})
        self.grant([admin.DATA_CLASS_APPOINTMENTS])
        self.wait_for_entries(in_days(7), in_days(8))
        one.call("ConsentService.WithdrawConsent", name=consent)
        self.wait_for_entries()

    def test_an_endpoint_that_fails_in_every_way(self):
        one = self.pair.partners[0]
        self.peer.stop_radicale()
        self.consent(one)
        appointment = self.book([one], in_days(7))
        wait_until(
            "an attempt failed",
            lambda: (self.newest(Delivery.KIND_APPOINTMENT_CHANGED) or Delivery()).last_error,
            SECONDS,
        )
        self.peer.faults[:] = ["503", "drop-before"]
        self.peer.start()
        self.wait_for_entries(in_days(7))
        self.peer.faults[:] = ["drop-before", "503"]
        self.move(appointment, in_days(9))
        self.wait_for_entries(in_days(9))

    def test_a_plugin_killed_between_effect_and_answer(self):
        one = self.pair.partners[0]
        self.consent(one)
        self.peer.faults[:] = ["hang-after"]
        self.book([one], in_days(7))
        self.peer.wait_until_hanging()
        plugins = child_processes(self.server.process.pid)
        self.assertTrue(plugins, "the plugin runs below the server")
        for pid in plugins:
            os.kill(pid, signal.SIGKILL)
        self.wait_until_settled()
        self.wait_for_entries(in_days(7))
        self.assertEqual(len(self.puts()), 1, "the repeat found the entry and wrote nothing")
        self.assertGreater(self.newest(Delivery.KIND_APPOINTMENT_CHANGED).attempt_count, 1)

    def test_a_server_killed_between_effect_and_answer(self):
        one = self.pair.partners[0]
        self.consent(one)
        self.peer.faults[:] = ["hang-after"]
        self.book([one], in_days(7))
        self.peer.wait_until_hanging()
        self.server.kill()
        self.server.start()
        self.reconnect()
        self.wait_until_settled()
        self.wait_for_entries(in_days(7))
        self.assertEqual(len(self.puts()), 1)

    def test_what_the_therapist_deleted_stays_deleted(self):
        one = self.pair.partners[0]
        self.consent(one)
        appointment = self.book([one], in_days(7))
        self.wait_for_entries(in_days(7))
        self.wait_until_settled()
        name = next(iter(self.peer.entries()))
        self.assertEqual(self.peer.ask("DELETE", f"/{radicale_peer.ACCOUNT}/calendar/{name}")[0], 200)
        self.move(appointment, in_days(9))
        self.wait_until_settled()
        self.assertEqual(self.peer.entries(), {})

    def feed_url(self):
        name = "feed-" + "".join(secrets.choice(ALPHABET) for _ in range(40))
        return f"/{radicale_peer.ACCOUNT}/{name}"

    def read_feed(self, path):
        return self.peer.ask("GET", path, account=False)

    def test_a_feed_that_can_be_taken_back(self):
        one = self.pair.partners[0]
        self.consent(one)
        appointment = self.book([one], in_days(7))
        self.wait_for_entries(in_days(7))
        origin = f"http://127.0.0.1:{self.peer.port}"
        former, present, never = self.feed_url(), self.feed_url(), self.feed_url()
        self.configure(feed={"url": origin + former})
        wait_until("the feed is there", lambda: self.read_feed(former)[0] == 200, SECONDS)
        _, headers, calendar = self.read_feed(former)
        self.assertEqual(headers["cache-control"], "private, no-store")
        self.assertEqual([event["DTSTART"].dt for event in events_of(calendar)], [in_days(7)])
        self.assertEqual([set(event.keys()) for event in events_of(calendar)], [ALLOWED])
        self.move(appointment, in_days(8))
        wait_until(
            "the feed follows",
            lambda: [each["DTSTART"].dt for each in events_of(self.read_feed(former)[2])] == [in_days(8)],
            SECONDS,
        )
        self.configure(feed={"url": origin + present, "revokedUrls": [origin + former]})
        wait_until("the former feed is gone", lambda: self.read_feed(former)[0] == 404, SECONDS)
        gone, unknown = self.read_feed(former), self.read_feed(never)
        for answer in (gone, unknown):
            answer[1].pop("Date")
        self.assertEqual(gone, unknown)
        wait_until("the new feed is there", lambda: self.read_feed(present)[0] == 200, SECONDS)
        self.assertEqual(self.peer.ask("PROPFIND", f"/{radicale_peer.ACCOUNT}/", account=False)[0], 401)
        one.call(
            "ConsentService.WithdrawConsent",
            name=one.client.list("ConsentService.ListConsents", "consents", parent=self.pair.name)[-1].name,
        )
        wait_until("the feed is empty", lambda: not events_of(self.read_feed(present)[2]), SECONDS)

    def test_no_byte_on_the_way_tells(self):
        one, two = self.pair.partners
        self.configure(feed={"url": f"http://127.0.0.1:{self.peer.port}{self.feed_url()}"})
        self.practice.record_event(self.therapist, self.pair.name, one.name, two.name)
        for partner in (one, two):
            self.consent(partner)
        appointment = self.book([one, two], in_days(7))
        self.book([two], in_days(6))
        self.wait_for_entries(in_days(6), in_days(7))
        self.change(appointment, state=v1.Appointment.STATE_CANCELLED)
        self.wait_until_settled()
        self.assertGreater(len(self.peer.traffic), 6)
        names = (one.name, two.name, self.pair.name, appointment.name)
        for request in self.peer.traffic:
            self.assertIsNone(TELLING.search(request), request)
            for name in names:
                self.assertNotIn(name.rsplit("/", 1)[1].encode(), request)
        self.assertNotIn("feed-", "\n".join(self.server.log))
        self.assertNotIn(radicale_peer.PASSWORD, "\n".join(self.server.log))

    def test_titles_that_tell_and_guessable_feeds_are_refused(self):
        guessable = f"http://127.0.0.1:{self.peer.port}/feed"
        for wrong in ({"title": "Couples therapy"}, {"feed": {"url": guessable}}):
            self.refused("INVALID_ARGUMENT", None, lambda wrong=wrong: self.configure(**wrong))


if __name__ == "__main__":
    e2e.main()
