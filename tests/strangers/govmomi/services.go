// SPDX-FileCopyrightText: certops.vsphere contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"fmt"

	"github.com/vmware/govmomi/event"
	"github.com/vmware/govmomi/license"
	"github.com/vmware/govmomi/lookup"
	lookuptypes "github.com/vmware/govmomi/lookup/types"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/pbm"
	pbmtypes "github.com/vmware/govmomi/pbm/types"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// As `govc about`, `license.ls`, `permissions.ls`, `role.ls`, `option.ls`, `events`, `tasks`, and PowerCLI's look for its STS.
func (l looker) services(found answers) {
	vim := l.client.Client
	content := vim.ServiceContent
	found.add("about", map[string]string{"version": content.About.Version, "api": content.About.ApiVersion, "type": content.About.ApiType}, nil)

	licenses, err := license.NewManager(vim).List(l.ctx)
	found.add("licenses", len(licenses), err)

	authorization := object.NewAuthorizationManager(vim)
	roles, err := authorization.RoleList(l.ctx)
	names := map[string]int{}
	for _, role := range roles {
		names[role.Name] = len(role.Privilege)
	}
	found.add("roles", names, err)
	permissions, err := authorization.RetrieveEntityPermissions(l.ctx, content.RootFolder, true)
	found.add("permissions", permissions, err)
	everywhere, err := authorization.RetrieveAllPermissions(l.ctx)
	found.add("all permissions", everywhere, err)

	for _, prefix := range []string{"vpxd.certmgmt.", "vpxd.certmgmt"} {
		options, err := object.NewOptionManager(vim, *content.Setting).Query(l.ctx, prefix)
		values := map[string]string{}
		for _, option := range options {
			values[option.GetOptionValue().Key] = fmt.Sprint(option.GetOptionValue().Value)
		}
		found.add("options "+prefix, values, err)
	}

	found.events(l)
	found.tasks(l)

	policies, err := pbm.NewClient(l.ctx, vim)
	if err == nil {
		kind := pbmtypes.PbmProfileResourceType{ResourceType: string(pbmtypes.PbmProfileResourceTypeEnumSTORAGE)}
		defined, queryErr := policies.QueryProfile(l.ctx, kind, string(pbmtypes.PbmProfileCategoryEnumREQUIREMENT))
		found.add("policies", len(defined), queryErr)
	} else {
		found.add("policies", nil, err)
	}

	registry, err := lookup.NewClient(l.ctx, vim)
	if err != nil {
		found.add("lookup", nil, err)
		return
	}
	site, err := registry.SiteID(l.ctx)
	found.add("site", site, err)
	sts, err := registry.List(l.ctx, &lookuptypes.LookupServiceRegistrationFilter{
		ServiceType:  &lookuptypes.LookupServiceRegistrationServiceType{Product: "com.vmware.cis", Type: "cs.identity"},
		EndpointType: &lookuptypes.LookupServiceRegistrationEndpointType{Protocol: "wsTrust", Type: "com.vmware.cis.cs.identity.sso"},
	})
	found.add("lookup", sts, err)
}

func (a answers) events(l looker) {
	manager := event.NewManager(l.client.Client)
	collector, err := manager.CreateCollectorForEvents(l.ctx, types.EventFilterSpec{
		Entity: &types.EventFilterSpecByEntity{Entity: l.client.ServiceContent.RootFolder, Recursion: types.EventFilterSpecRecursionOptionAll},
	})
	if err != nil {
		a.add("events", nil, err)
		return
	}
	defer collector.Destroy(l.ctx)
	if err := collector.SetPageSize(l.ctx, 100); err != nil {
		a.add("events", nil, err)
		return
	}
	page, err := collector.LatestPage(l.ctx)
	kinds := []string{}
	for _, one := range page {
		kind, categoryErr := manager.EventCategory(l.ctx, one)
		if categoryErr != nil {
			err = categoryErr
		}
		kinds = append(kinds, fmt.Sprintf("%T %s", one, kind))
	}
	a.add("events", kinds, err)
	next, err := collector.ReadNextEvents(l.ctx, 10)
	a.add("next events", len(next), err)
	previous, err := collector.ReadPreviousEvents(l.ctx, 10)
	a.add("previous events", len(previous), err)
}

func (a answers) tasks(l looker) {
	vim := l.client.Client
	var manager mo.TaskManager
	err := property.DefaultCollector(vim).RetrieveOne(l.ctx, *vim.ServiceContent.TaskManager, []string{"description.methodInfo", "recentTask"}, &manager)
	a.add("methods described", len(manager.Description.MethodInfo), err)
	made, err := methods.CreateCollectorForTasks(l.ctx, vim, &types.CreateCollectorForTasks{This: *vim.ServiceContent.TaskManager})
	if err != nil {
		a.add("tasks", nil, err)
		return
	}
	collector := object.NewHistoryCollector(vim, made.Returnval)
	defer collector.Destroy(l.ctx)
	read, err := methods.ReadNextTasks(l.ctx, vim, &types.ReadNextTasks{This: made.Returnval, MaxCount: 100})
	if err != nil {
		a.add("tasks", nil, err)
		return
	}
	ids := []string{}
	for _, info := range read.Returnval {
		ids = append(ids, info.DescriptionId)
	}
	a.add("tasks", ids, nil)
}

// As Terraform's provider at its start, and govc's tags.ls.
func (l looker) rest(found answers) {
	client := rest.NewClient(l.client.Client)
	if err := client.Login(l.ctx, l.user); err != nil {
		found.add("rest", nil, err)
		return
	}
	found.add("rest", true, nil)
	all, err := tags.NewManager(client).ListTags(l.ctx)
	found.add("tags", len(all), err)
	found.add("rest logout", true, client.Logout(l.ctx))
}
