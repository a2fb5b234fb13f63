// SPDX-FileCopyrightText: certops.vsphere contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"fmt"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// As `govc ls`, `govc find`, `govc datacenter.info`, and every data source of Terraform's provider.
func (l looker) inventory(found answers) {
	vim := l.client.Client
	root := vim.ServiceContent.RootFolder
	finder := find.NewFinder(vim, true)

	listed := map[string][]string{}
	for _, path := range []string{"/", "/*", "/*/*", "/*/host/*", "/*/host/*/*", "/*/vm/*", "/*/datastore/*", "/*/network/*", "/..."} {
		elements, err := finder.ManagedObjectListChildren(l.ctx, path)
		if err != nil {
			found.add("list "+path, nil, err)
			continue
		}
		for _, element := range elements {
			listed[path] = append(listed[path], element.Path)
		}
	}
	found.add("list", listed, nil)

	hosts, err := finder.HostSystemList(l.ctx, "/*/host/*")
	paths := []string{}
	for _, host := range hosts {
		paths = append(paths, host.InventoryPath)
	}
	found.add("hosts by path", paths, err)

	pools, err := finder.ResourcePoolList(l.ctx, "/*/host/*/Resources")
	found.add("pools by path", len(pools), err)

	views := view.NewManager(vim)
	everything, err := views.CreateContainerView(l.ctx, root, []string{"ManagedEntity"}, true)
	if err != nil {
		found.add("find", nil, err)
		return
	}
	var content []types.ObjectContent
	err = everything.Retrieve(l.ctx, []string{"ManagedEntity"}, []string{"name"}, &content)
	found.add("view", len(content), err)
	byAncestors := []string{}
	for _, one := range content {
		path, err := l.path(one.Obj)
		if err != nil {
			found.add("ancestors of "+one.Obj.String(), nil, err)
			continue
		}
		byAncestors = append(byAncestors, path)
	}
	found.add("find", byAncestors, everything.Destroy(l.ctx))

	datacenters, err := finder.DatacenterList(l.ctx, "*")
	counts := map[string]map[string]int{}
	for _, datacenter := range datacenters {
		folders, err := datacenter.Folders(l.ctx)
		if err != nil {
			found.add("folders", nil, err)
			continue
		}
		counts[datacenter.InventoryPath] = map[string]int{
			"hosts":    l.count(folders.HostFolder.Reference(), "HostSystem"),
			"clusters": l.count(folders.HostFolder.Reference(), "ClusterComputeResource"),
			"machines": l.count(folders.VmFolder.Reference(), "VirtualMachine"),
		}
	}
	found.add("datacenters", counts, err)

	index := object.NewSearchIndex(vim)
	indexed := map[string]string{}
	for _, path := range byAncestors {
		reference, err := index.FindByInventoryPath(l.ctx, path)
		if err != nil || reference == nil {
			found.add("search "+path, nil, fmt.Errorf("nothing there: %v", err))
			continue
		}
		indexed[path] = reference.Reference().Value
	}
	nothing, err := index.FindByInventoryPath(l.ctx, "/nobody/host")
	found.add("search for nothing", nothing == nil, err)
	found.add("search", indexed, nil)
}

// As govc shows it: from the root, without the root's own name.
func (l looker) path(of types.ManagedObjectReference) (string, error) {
	vim := l.client.Client
	ancestors, err := mo.Ancestors(l.ctx, vim, vim.ServiceContent.PropertyCollector, of)
	if err != nil {
		return "", err
	}
	path := ""
	for _, one := range ancestors[1:] {
		path += "/" + one.Name
	}
	return path, nil
}

func (l looker) count(under types.ManagedObjectReference, kind string) int {
	all, err := view.NewManager(l.client.Client).CreateContainerView(l.ctx, under, []string{kind}, true)
	if err != nil {
		return -1
	}
	defer all.Destroy(l.ctx)
	var content []types.ObjectContent
	if err := all.Retrieve(l.ctx, []string{kind}, []string{"name"}, &content); err != nil {
		return -1
	}
	return len(content)
}
