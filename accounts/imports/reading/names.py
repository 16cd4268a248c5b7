"""The names under which people's systems export each field, best first."""

import re

# Field → what the officer reads. The codes are those of `--map COLUMN=FIELD`.
FIELDS = {
    "email": "E-mail address",
    "external_id": "Id in your system",
    "first_name": "First name",
    "last_name": "Last name",
    "full_name": "Full name",
    "job_title": "Job title",
    "department": "Department",
    "country": "Country",
    "time_zone": "Time zone",
    "office": "Office",
    "employment_type": "Employment type",
    "language": "Language",
    "manager": "Manager (address, id or name)",
    "status": "Works here now?",
    "leaves_on": "Last day",
    "user_type": "Member or guest",
}
# In these, several columns may stand for one field: the first that is filled counts.
SEVERAL = frozenset({"email", "country", "manager"})

# From Microsoft Entra's admin centre, Google Workspace, Okta, Personio, BambooHR, Workday, SAP
# SuccessFactors, DATEV and plain lists, as `plain_name` writes them.
KNOWN_NAMES: dict[str, tuple[str, ...]] = {
    "email": (
        "mail", "email", "emailaddress", "workemail", "emailprimarywork", "primaryworkemail",
        "emailwork", "workemailaddress", "businessemail", "businessemailaddress", "companyemail",
        "corporateemail", "officialemail", "primaryemail", "primaryemailaddress", "emailid",
        "employeeemail", "mailaddress", "emailadresse", "mailadresse", "dienstlicheemail",
        "dienstlicheemailadresse", "geschäftlicheemail", "geschäftlicheemailadresse",
        "emailgeschäftlich", "emaildienstlich", "emailbusiness", "firmenemail", "emailfirma",
    ),
    "external_id": (
        "objectid", "employeeid", "employeenumber", "employeeno", "employeenr", "eeid", "empid",
        "workerid", "personnelnumber", "personnelno", "personid", "personidexternal", "staffid",
        "staffnumber", "userid", "mitarbeiterid", "mitarbeiternummer", "mitarbeiternr",
        "personalnummer", "personalnr", "persnr", "pnr", "personalid", "externalid", "id",
    ),
    "first_name": (
        "givenname", "firstname", "preferredfirstname", "legalfirstname", "forename", "first",
        "vorname", "rufname", "prénom", "prenom", "nombre",
    ),
    "last_name": (
        "surname", "lastname", "familyname", "legallastname", "last", "sn", "nachname",
        "familienname", "zuname", "nomdefamille", "apellido", "apellidos",
    ),
    "full_name": (
        "displayname", "fullname", "name", "employeename", "workername", "worker", "employee",
        "vollständigername", "mitarbeitername", "mitarbeiter", "anzeigename", "namevorname",
        "lastnamefirstname", "lastfirst",
    ),
    "job_title": (
        "jobtitle", "positiontitle", "businesstitle", "employeetitle", "jobprofile", "job", "title",
        "position", "role", "stelle", "stellenbezeichnung", "positionsbezeichnung",
        "berufsbezeichnung", "jobbezeichnung", "tätigkeit", "funktion",
    ),
    "department": (
        "department", "departmentname", "dept", "supervisoryorganization", "orgunit",
        "organizationalunit", "organisationseinheit", "abteilung", "abteilungsname", "team",
        "division", "bereich", "fachbereich", "businessunit", "orgunitpath", "costcenter",
        "kostenstelle",
    ),
    "country": (
        "country", "countryregion", "countrycode", "workcountry", "locationcountry",
        "countryofwork", "countryofemployment", "land", "länderkennzeichen", "länderschlüssel",
        "ländercode", "arbeitsland", "landarbeitsort", "staat", "pays", "país", "usagelocation",
    ),
    "time_zone": (
        "timezone", "timezonename", "timezoneid", "timezonecode", "ianatimezone", "windowstimezone",
        "preferredtimezone", "usertimezone", "worktimezone", "locationtimezone", "mailboxtimezone",
        "defaulttimezone", "zoneinfo", "tz", "tzid", "zeitzone", "zeitzonenname", "fuseauhoraire",
        "zonahoraria", "husohorario",
    ),
    "office": (
        "office", "officelocation", "physicaldeliveryofficename", "worklocation", "location",
        "locationname", "site", "workplace", "buildingid", "standort", "niederlassung",
        "arbeitsort", "betriebsstätte", "büro", "city", "stadt",
    ),
    "employment_type": (
        "employmenttype", "employeetype", "workertype", "contracttype", "employeeclass", "timetype",
        "employmentstatus", "beschäftigungsart", "beschäftigungsverhältnis", "anstellungsart",
        "vertragsart", "mitarbeitertyp", "mitarbeitergruppe", "usertype",
    ),
    "language": (
        "preferredlanguage", "language", "languagecode", "locale", "preferredlocale",
        "defaultlocale", "sprache", "korrespondenzsprache", "bevorzugtesprache", "langue",
    ),
    "manager": (
        "manageremail", "manageremailaddress", "managersemail", "supervisoremail", "reportstoemail",
        "managerupn", "vorgesetzteremail", "vorgesetztenemail", "emailvorgesetzter", "managerid",
        "manageremployeeid", "supervisoreid", "supervisorid", "managernumber", "vorgesetzterid",
        "vorgesetztenid", "manager", "managername", "supervisor", "supervisorname", "linemanager",
        "reportsto", "reportingto", "vorgesetzter", "vorgesetzte", "vorgesetzteperson",
        "führungskraft",
    ),
    "status": (
        "accountenabled", "status", "userstatus", "accountstatus", "employeestatus", "workerstatus",
        "activestatus", "active", "enabled", "isactive", "employmentstatus", "mitarbeiterstatus",
        "beschäftigungsstatus", "aktiv",
    ),
    "leaves_on": (
        "terminationdate", "lastdayofwork", "lastdayofemployment", "lastworkingday", "leavedate",
        "leavingdate", "exitdate", "employmentenddate", "austrittsdatum", "austritt",
        "letzterarbeitstag", "beschäftigungsende", "kündigungsdatum",
    ),
    "user_type": ("usertype",),
}  # fmt: skip
# Names that hold an address in one company and something else in the next: the content decides.
LOGIN_NAMES = (
    "userprincipalname",
    "upn",
    "login",
    "username",
    "logonname",
    "userid",
    "benutzername",
    "anmeldename",
)

_BRACKETS = re.compile(r"\[[^\]]*\]|\((?:required|optional|pflichtfeld)\)")


def plain_name(header: str) -> str:
    """A header as the lists above write it: lower case, letters and digits only, `[Required]` left
    out.
    """
    text = _BRACKETS.sub("", header.casefold()).replace("#", "number")
    return "".join(letter for letter in text if letter.isalnum())


def rank(field: str, column: str) -> int:
    """The place of a column among several of one field: what the officer chose by hand stands
    last.
    """
    names = _ranked(field)
    return names.index(plain_name(column)) if has_rank(field, column) else len(names)


def has_rank(field: str, column: str) -> bool:
    """Whether the column's name says where it stands among several of one field."""
    return plain_name(column) in _ranked(field)


def _ranked(field: str) -> tuple[str, ...]:
    return (*KNOWN_NAMES.get(field, ()), *LOGIN_NAMES)
