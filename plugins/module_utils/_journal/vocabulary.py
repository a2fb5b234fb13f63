# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Words that tell nothing of anybody's site, and stay in a journal as they are. Whatever is not here gets a stand-in."""

from __future__ import annotations

# Products, protocols, what URLs and settings consist of.
_NAMES = """
vmware vsphere vcenter vcsa server service services instance engineering inc installer palo alto california us esx esxi host hosts default
certificate certificates ca cn dc ou o l st c e vmca custom thumbprint iofilter iofilters provider providers vasa https http version xml local
localhost localdomain com www api rest sdk sms sts stsservice cis session vpxd vpxa hostd certmgmt certs days daysvalid minutesbefore
softthreshold hardthreshold pollintervaldays mode country state localityname organizationname organizationalunitname email virtualcenter
fqdn instancename config option automatic manual disabled started starting stopped stopping healthy degraded succeeded failed inprogress
pending administrators administrator everyone systemconfiguration readonly bashshelladministrators users root certificate-management
trusted-root-chains signing-certificate topology nodes appliance recovery backup job details afd vecs tls restart sps action get urn vim25
vapi std errors error endpoint method authentication required authorization authorized permission denied messages type value id
notauthenticated nopermission invalidlogin invalidname managedobjectnotfound systemerror runtimefault fault faults vmodl vim query
alarm alarms status health third-party io filter filters registration/unregistration fails unregistration
storageviews configureservice view global connection tsm-ssh ssh on off storage vimserviceversions smsserviceversions vsan vvol internal external
vsan-cluster-object-system vsan-stretched-cluster-system
"""
# What messages of vSphere are made of.
_WORDS = """
a about access account after again all already an and another any are argument as at authenticated authority available be because been
before begin busy by call cannot cause cluster communicate complete completed connect connected could create current data datacenter
date declared did disconnected does done due during enabled end entity establish exceeded exist exists expired expires expiring
failure file for found from general get given group had has have if in incorrect initialized initialization interrupted into invalid is issue
it key last limit logged login longer maintenance manager match maximum message missing more must name named network no not now object of
operation or order other out parameter password path performed pool present privilege problem process properties property reached read
reason reconnect refused register registered registration remote remove removed reported request resource response resulted running
same see self-signed session set signed soon specified spec standby start store string supported support task than that the their there this time
timed timeout to too try trusted trust unable unavailable unauthenticated unauthorized unknown unregister until up update use user username valid verify
wait was when which while will with within without wrong yet you your
"""
WORDS = frozenset(f"{_NAMES} {_WORDS}".split())
