// SPDX-FileCopyrightText: certops.vsphere contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/sts"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/soap"
)

// As `govc session.login -issue` and PowerCLI: the STS is asked for a bearer token, which logs in. The announced version has to be one that the
// vCenter has.
func (l looker) token(version string) (bool, error) {
	tokens, err := sts.NewClient(l.ctx, l.client.Client)
	if err != nil {
		return false, err
	}
	signer, err := tokens.Issue(l.ctx, sts.TokenRequest{Userinfo: l.user})
	if err != nil {
		return false, err
	}
	// With cookies of its own: who is logged in cannot log in.
	other, err := vim25.NewClient(l.ctx, connection(l.client.URL()))
	if err != nil {
		return false, err
	}
	other.Version = version
	manager := session.NewManager(other)
	if err := manager.LoginByToken(other.WithHeader(l.ctx, soap.Header{Security: signer})); err != nil {
		return false, err
	}
	user, err := manager.UserSession(l.ctx)
	if err != nil {
		return false, err
	}
	return user != nil, manager.Logout(l.ctx)
}
