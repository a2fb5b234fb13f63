// SPDX-FileCopyrightText: certops.vsphere contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"fmt"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

type seenHost struct {
	Name           string `json:"name"`
	State          string `json:"state"`
	Uuid           string `json:"uuid"`
	Thumbprint     string `json:"thumbprint"`
	Status         string `json:"status"`
	NotAfter       string `json:"not_after"`
	ClusterOf      string `json:"cluster_of"`
	InventoryPath  string `json:"path"`
	CertificateErr string `json:"certificate_error"`
}

// As `govc host.info`, `govc host.cert.info`, `govc cluster.rule.ls`, and Terraform's vsphere_host.
func (l looker) hosts(found answers) {
	vim := l.client.Client
	collector := property.DefaultCollector(vim)
	hosts, err := find.NewFinder(vim, true).HostSystemList(l.ctx, "/*/host/*/*")
	if err != nil {
		found.add("hosts", nil, err)
		return
	}
	seen := []seenHost{}
	for _, host := range hosts {
		var properties mo.HostSystem
		if err := collector.RetrieveOne(l.ctx, host.Reference(), []string{"name", "parent", "summary", "configManager.certificateManager"}, &properties); err != nil {
			found.add("host "+host.InventoryPath, nil, err)
			continue
		}
		one := seenHost{
			Name:          properties.Name,
			State:         string(properties.Summary.Runtime.ConnectionState),
			Uuid:          properties.Summary.Hardware.Uuid,
			Thumbprint:    properties.Summary.Config.SslThumbprint,
			ClusterOf:     properties.Parent.Value,
			InventoryPath: host.InventoryPath,
		}
		manager := object.NewHostCertificateManager(vim, *properties.ConfigManager.CertificateManager, host.Reference())
		info, err := manager.CertificateInfo(l.ctx)
		if err != nil {
			one.CertificateErr = err.Error()
		} else {
			one.Status = info.Status
		}
		if err == nil && info.NotAfter != nil {
			one.NotAfter = info.NotAfter.UTC().Format("2006-01-02T15:04:05Z")
		}
		seen = append(seen, one)
	}
	found.add("hosts", seen, nil)

	clusters, err := find.NewFinder(vim, true).ClusterComputeResourceList(l.ctx, "/*/host/*")
	configured := map[string]interface{}{}
	for _, cluster := range clusters {
		configuration, err := cluster.Configuration(l.ctx)
		if err != nil {
			found.add("cluster "+cluster.InventoryPath, nil, err)
			continue
		}
		configured[cluster.InventoryPath] = map[string]interface{}{
			"ha": configuration.DasConfig.Enabled, "drs": configuration.DrsConfig.Enabled, "rules": len(configuration.Rule),
		}
	}
	found.add("clusters", configured, err)

	found.add("reconnected", l.reconnected(hosts, seen), nil)
}

// Disconnect the last connected host and connect it again, watching it by a filter with partial updates.
func (l looker) reconnected(hosts []*object.HostSystem, seen []seenHost) interface{} {
	last := -1
	for number, one := range seen {
		if one.State == "connected" {
			last = number
		}
	}
	if last < 0 {
		return "no host is connected"
	}
	host := hosts[last]
	states := []string{}
	for _, step := range []func() (*object.Task, error){
		func() (*object.Task, error) { return host.Disconnect(l.ctx) },
		func() (*object.Task, error) { return host.Reconnect(l.ctx, nil, nil) },
	} {
		task, err := step()
		if err == nil {
			err = task.Wait(l.ctx)
		}
		if err != nil {
			return fmt.Sprint(err)
		}
		filter := new(property.WaitFilter).Add(host.Reference(), "HostSystem", []string{"runtime.connectionState"})
		filter.PartialUpdates = true
		filter.Options = &types.WaitOptions{MaxWaitSeconds: types.NewInt32(10)}
		err = property.WaitForUpdates(l.ctx, property.DefaultCollector(l.client.Client), filter, func(updates []types.ObjectUpdate) bool {
			for _, update := range updates {
				for _, change := range update.ChangeSet {
					states = append(states, fmt.Sprint(change.Val))
				}
			}
			return true
		})
		if err != nil {
			return fmt.Sprint(err)
		}
	}
	return states
}
