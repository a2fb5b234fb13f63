// SPDX-FileCopyrightText: certops.vsphere contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"fmt"
	"net/url"
	"os"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/soap"
)

// What a look finds, by its name, and what was said instead where it found nothing.
type answers struct {
	Found  map[string]interface{} `json:"found"`
	Failed map[string]string      `json:"failed"`
}

func (a answers) add(name string, found interface{}, err error) {
	if err != nil {
		a.Failed[name] = err.Error()
		return
	}
	a.Found[name] = found
}

type looker struct {
	ctx    context.Context
	client *govmomi.Client
	user   *url.Userinfo
}

// The vCenter is in STRANGER_URL, with user and password, its CAs are in the file STRANGER_CA, and STRANGER_VERSION is the version to announce.
func look() answers {
	address, err := url.Parse(os.Getenv("STRANGER_URL"))
	if err != nil {
		fail(err)
	}
	ctx := context.Background()
	transport := connection(address)
	if version := os.Getenv("STRANGER_VERSION"); version != "" {
		transport.Version = version
	}
	vim, err := vim25.NewClient(ctx, transport)
	if err != nil {
		fail(fmt.Errorf("service content: %w", err))
	}
	if version := os.Getenv("STRANGER_VERSION"); version != "" {
		vim.Version = version
	}
	found := answers{map[string]interface{}{}, map[string]string{}}
	client := &govmomi.Client{Client: vim, SessionManager: session.NewManager(vim)}
	before, err := client.SessionManager.UserSession(ctx)
	found.add("logged in before", before != nil, err)
	if err := client.Login(ctx, address.User); err != nil {
		fail(fmt.Errorf("login: %w", err))
	}
	one := looker{ctx, client, address.User}
	one.inventory(found)
	one.hosts(found)
	one.services(found)
	one.rest(found)
	loggedIn, err := one.token("6.7")
	found.add("token", loggedIn, err)
	_, err = one.token("9.9.9.9")
	found.add("token of an unknown version", err == nil, err)
	found.add("logout", true, client.Logout(ctx))
	return found
}

func connection(address *url.URL) *soap.Client {
	made := soap.NewClient(address, false)
	if err := made.SetRootCAs(os.Getenv("STRANGER_CA")); err != nil {
		fail(err)
	}
	return made
}
