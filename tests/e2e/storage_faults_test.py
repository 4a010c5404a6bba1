#!/usr/bin/python3
"""Starts the server over what goes wrong with disks and files. Each time it says in plain words what is wrong and what
to do, ends with a failure, and has changed nothing."""

import hashlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import unittest

import e2e
import mendwork_client
import practice as practice_module
import server as server_module

# Root ignores permission bits; without these two capabilities it does not.
AS_ORDINARY_USER = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
SMALL_DISK = "size=12m,mode=0700"
# For who is not root: a file system that only the server sees, and that goes away with it. (Root does without: no new
# user namespace can be made inside a chroot.)
ON_SMALL_DISK = [
    *("unshare", "--map-root-user", "--mount", "--", "sh", "-c"),
    f'mount -t tmpfs -o {SMALL_DISK} none "$0" && exec "$@"',
]


def fingerprint(directory):
    """Returns the hash of every file that lasts, to see that nothing was changed."""
    found = {}
    for path in sorted(pathlib.Path(directory).rglob("*")):
        if path.is_file() and not path.name.endswith(("-shm", "-wal", ".lock")) and path.name != "lock":
            found[str(path.relative_to(directory))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


class AtStart(unittest.TestCase):
    """Starts over a spoiled directory."""

    @classmethod
    def setUpClass(cls):
        cls.pattern_directory = server_module.temporary_data()
        cls.addClassCleanup(cls.pattern_directory.cleanup)
        cls.pattern = pathlib.Path(cls.pattern_directory.name) / "d"
        server = server_module.Server(e2e.Options.binaries, cls.pattern).start()
        practice_module.Practice(server, mendwork_client.RequestIds(e2e.Options.seed))
        assert server.stop() == 0

    def setUp(self):
        directory = server_module.temporary_data()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        self.data = self.root / "d"
        shutil.copytree(self.pattern, self.data, ignore=shutil.ignore_patterns("*.sock"))
        os.chmod(self.data, 0o700)

    def assert_refuses(self, *words, changes_nothing=True, **options):
        """Starts, expects a failure, and checks that what it says holds every word."""
        before = fingerprint(self.data) if changes_nothing else None
        server = server_module.Server(e2e.Options.binaries, self.data, **options)
        server.start(wait=False)
        self.addCleanup(server.kill)
        status = server.wait_until_ended(server_module.START_SECONDS)
        said = server.last_words()
        self.assertGreater(status, 0, f"it ended with {status}: {said}")
        self.assertNotEqual(status, 99, f"a sanitizer spoke: {said}")
        for word in words:
            self.assertRegex(said, f"(?i){word}")
        if changes_nothing:
            self.assertEqual(before, fingerprint(self.data))
        return said

    def test_starts_again_when_nothing_is_wrong(self):
        with server_module.Server(e2e.Options.binaries, self.data).start() as server:
            self.assertEqual(server.stop(), 0)

    def test_a_directory_it_may_not_write(self):
        os.chmod(self.data, 0o500)
        self.addCleanup(os.chmod, self.data, 0o700)
        self.assert_refuses(str(self.data), "write|permission|read-only", prefix=AS_ORDINARY_USER)

    def test_a_path_that_is_a_file(self):
        shutil.rmtree(self.data)
        self.data.write_text("not a directory")
        self.assert_refuses(str(self.data), "directory", sockets=self.root)

    def test_a_directory_that_others_may_read(self):
        os.chmod(self.data, 0o755)
        self.assert_refuses(str(self.data), "0?700|chmod|permission")

    def test_a_second_server_on_the_same_directory(self):
        with server_module.Server(e2e.Options.binaries, self.data).start():
            self.assert_refuses(
                str(self.data), "another|already|in use|lock", sockets=self.root, changes_nothing=False
            )

    def test_a_database_that_is_not_one(self):
        (self.data / "mendwork.db").write_bytes(b"this is no database, whatever its name says. " * 400)
        self.assert_refuses("mendwork.db", "backup|restore")

    def test_a_damaged_page(self):
        path = self.data / "mendwork.db"
        spoiled = bytearray(path.read_bytes())
        for offset in range(8192, len(spoiled), 8192):
            spoiled[offset : offset + 64] = os.urandom(64)
        path.write_bytes(spoiled)
        self.assert_refuses("mendwork.db", "backup|restore", changes_nothing=False)

    def test_a_truncated_keyring(self):
        path = self.data / "keyring.db"
        path.write_bytes(path.read_bytes()[:4096])
        self.assert_refuses("keyring.db", "backup|restore", changes_nothing=False)

    def test_a_database_without_its_keyring(self):
        (self.data / "keyring.db").unlink()
        self.assert_refuses("keyring.db", changes_nothing=False)

    def test_a_missing_key(self):
        for path in (self.data / "secrets").iterdir():
            path.unlink()
        self.assert_refuses("secrets", "backup|restore|key", changes_nothing=False)

    def test_a_key_that_others_may_read(self):
        for path in (self.data / "secrets").iterdir():
            os.chmod(path, 0o644)
        self.assert_refuses("secrets", "0?400|chmod|permission", changes_nothing=False)

    def test_a_database_of_a_newer_version(self):
        with sqlite3.connect(self.data / "mendwork.db") as database:
            database.execute("PRAGMA user_version = 9999")
        database.close()
        self.assert_refuses("9999", "newer", "nothing was changed", "install|restore")

    def test_a_catalogue_with_a_fault(self):
        catalog = self.root / "catalog"
        shutil.copytree(server_module.CATALOG, catalog)
        path = next(catalog.rglob("phq-9.yaml"))
        text = path.read_text().splitlines()
        line = next(number for number, each in enumerate(text, 1) if "type: likert" in each)
        text[line - 1] = text[line - 1].replace("likert", "lickert")
        path.write_text("\n".join(text) + "\n")
        self.assert_refuses("phq-9.yaml", rf"\b{line}\b", "type", catalog=catalog)

    def test_a_catalogue_whose_published_revision_was_edited(self):
        catalog = self.root / "catalog"
        shutil.copytree(server_module.CATALOG, catalog)
        path = next(catalog.rglob("phq-9.yaml"))
        path.write_text(path.read_text() + "\n# a comment that was added later\n")
        self.assert_refuses("phq-9", "revision", catalog=catalog, changes_nothing=False)

    def test_a_catalogue_that_is_not_there(self):
        self.assert_refuses(str(self.root / "nowhere"), catalog=self.root / "nowhere")

    def test_an_address_that_is_a_network(self):
        server = server_module.Server(e2e.Options.binaries, self.data, listen="0.0.0.0:0")
        server.start(wait=False)
        self.addCleanup(server.kill)
        self.assertGreater(server.wait_until_ended(server_module.START_SECONDS), 0)
        self.assertIn("--allow-insecure-network-listener", server.last_words())


class FullDisk(unittest.TestCase):
    """Fills the disk under a running server, and frees it."""

    def small_disk(self, directory):
        """Puts a small disk at `directory`; returns the program to start the server with."""
        if os.geteuid() != 0:
            return [*ON_SMALL_DISK, str(directory)]
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", SMALL_DISK, "none", directory], check=False)
        if mounted.returncode != 0:
            self.fail("this machine does not let the test mount a small file system")
        self.addCleanup(subprocess.run, ["umount", "--lazy", directory], check=True)
        return []

    def test_a_full_disk(self):
        directory = server_module.temporary_data()
        self.addCleanup(directory.cleanup)
        data = pathlib.Path(directory.name) / "d"
        data.mkdir(mode=0o700)
        server = server_module.Server(
            e2e.Options.binaries, data, sockets=directory.name, prefix=self.small_disk(data)
        )
        self.addCleanup(server.kill)
        try:
            server.start()
        except server_module.ServerDied as death:
            if "unshare" in str(death) or "mount" in str(death):
                self.fail("this machine does not let the test mount a small file system; run it as root")
            raise
        practice = practice_module.Practice(server, mendwork_client.RequestIds(e2e.Options.seed))
        therapist = practice.hire([practice_module.THERAPIST])
        couples = [therapist.call("CareService.CreateCouple", parent=practice.name).name for _ in range(3)]
        filler = pathlib.Path(f"/proc/{server.process.pid}/root{data}/filler")  # as the server sees it
        failure = self.fill_until_refused(filler, therapist, practice, couples)
        self.assertEqual(
            (failure.code.name, failure.reason), ("RESOURCE_EXHAUSTED", "STORAGE_FULL"), str(failure)
        )
        self.assertRegex(failure.message, "(?i)free some space")
        self.assertTrue(server.running(), server.last_words())
        filler.unlink()
        server_module.wait_until(
            "writing works again", lambda: self.creates(therapist, practice, couples), 60
        )
        listed = therapist.client.list("CareService.ListCouples", "couples", parent=practice.name)
        self.assertEqual(couples, [each.name for each in listed], "acknowledged and stored are not the same")
        self.assertEqual(server.stop(), 0)

    def fill_until_refused(self, filler, therapist, practice, couples):
        with open(filler, "wb", buffering=0) as out:
            try:
                while True:
                    out.write(b"\0" * 65536)
            except OSError:
                pass
        for _ in range(2000):
            try:
                couples.append(therapist.call("CareService.CreateCouple", parent=practice.name).name)
            except mendwork_client.RpcFailure as failure:
                return failure
        return self.fail("2000 couples fitted onto a full disk")

    @staticmethod
    def creates(therapist, practice, couples):
        try:
            couples.append(therapist.call("CareService.CreateCouple", parent=practice.name).name)
            return True
        except mendwork_client.RpcFailure:
            return False


if __name__ == "__main__":
    e2e.main()
