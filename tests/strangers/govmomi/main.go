// SPDX-FileCopyrightText: certops.vsphere contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// A client and a server of govmomi's, the library of govc and of Terraform's provider: `govmomi look` asks a vCenter what these programs ask
// first and prints what it was answered, and `govmomi serve` is govmomi's own simulated vCenter, until its standard input ends.
//
// Built with `GO111MODULE=off go build` and Debian's golang-github-vmware-govmomi-dev.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: govmomi look|serve"))
	}
	switch os.Args[1] {
	case "look":
		show(look())
	case "serve":
		serve()
	default:
		fail(fmt.Errorf("there is no %s", os.Args[1]))
	}
}

func show(value interface{}) {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(value); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
