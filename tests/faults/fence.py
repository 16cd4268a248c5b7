"""Has the database itself note in which order hand-overs are started and answers are recorded."""

from tests.faults.database import execute, is_postgresql
from tests.faults.history import Fence

# PostgreSQL knows when each transaction was committed; the trigger only notes which one it was.
_POSTGRESQL = """
CREATE TABLE faults_order (what text, ref uuid, xid xid);
CREATE FUNCTION faults_start() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO faults_order VALUES ('start', NEW.id, pg_current_xact_id()::xid);
  RETURN NEW;
END $$;
CREATE FUNCTION faults_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO faults_order VALUES ('answer', NEW.assignment_id, pg_current_xact_id()::xid);
  RETURN NEW;
END $$;
CREATE TRIGGER faults_start AFTER UPDATE ON compliance_message FOR EACH ROW
  WHEN (NEW.state = 'started' AND OLD.state <> 'started') EXECUTE FUNCTION faults_start();
CREATE TRIGGER faults_answer AFTER INSERT ON compliance_attestation FOR EACH ROW
  EXECUTE FUNCTION faults_answer();
"""
# SQLite has one writer at a time: the order of the rows is the order of the commits.
_SQLITE = """
CREATE TABLE faults_order (number integer PRIMARY KEY AUTOINCREMENT, what text, ref text);
CREATE TRIGGER faults_start AFTER UPDATE ON compliance_message
  WHEN NEW.state = 'started' AND OLD.state <> 'started'
  BEGIN INSERT INTO faults_order (what, ref) VALUES ('start', NEW.id); END;
CREATE TRIGGER faults_answer AFTER INSERT ON compliance_attestation
  BEGIN INSERT INTO faults_order (what, ref) VALUES ('answer', NEW.assignment_id); END;
"""
_ORDER_POSTGRESQL = """
SELECT extract(epoch FROM pg_xact_commit_timestamp(xid)), what, ref FROM faults_order
"""
_ORDER_SQLITE = "SELECT number, what, ref FROM faults_order"
NOTHING = Fence()


def install(url: str) -> None:
    """Put the notes into place."""
    execute(url, _POSTGRESQL if is_postgresql(url) else _SQLITE)


def order(url: str) -> str:
    """The question that reads them: when (or in which place), what, and of whom."""
    return _ORDER_POSTGRESQL if is_postgresql(url) else _ORDER_SQLITE
