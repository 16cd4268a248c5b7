"""What campaigns listen to; imported once by the app's `ready`."""

from accounts.directory.signals import directory_changed, directory_changing
from compliance.campaigns.withdrawals import withdrawals_follow, withdrawals_record

directory_changing.connect(withdrawals_follow, dispatch_uid="withdrawals_follow")
directory_changed.connect(withdrawals_record, dispatch_uid="withdrawals_record")
