package config

import (
	"errors"
	"fmt"
	"net"

	"github.com/apparentlymart/go-cidr/cidr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

var prefixParam = function.Parameter{Name: "prefix", Type: cty.String}

var cidrHost = function.New(&function.Spec{
	Params: []function.Parameter{prefixParam, {Name: "number", Type: cty.Number}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		network, err := parseNetwork(args[0])
		if err != nil {
			return cty.UnknownVal(cty.String), err
		}
		number, accuracy := args[1].AsBigFloat().Int(nil)
		if accuracy != 0 {
			return cty.UnknownVal(cty.String), errors.New("the number of a host must be a whole number")
		}
		ip, err := cidr.HostBig(network, number)
		if err != nil {
			return cty.UnknownVal(cty.String), err
		}
		return cty.StringVal(ip.String()), nil
	},
})

var cidrNetmask = function.New(&function.Spec{
	Params: []function.Parameter{prefixParam},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		network, err := parseNetwork(args[0])
		switch {
		case err != nil:
			return cty.UnknownVal(cty.String), err
		case network.IP.To4() == nil:
			return cty.UnknownVal(cty.String), errors.New("only IPv4 networks have a netmask")
		}
		return cty.StringVal(net.IP(network.Mask).String()), nil
	},
})

var cidrSubnet = function.New(&function.Spec{
	Params: []function.Parameter{prefixParam, {Name: "newbits", Type: cty.Number}, {Name: "number", Type: cty.Number}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		network, err := parseNetwork(args[0])
		if err != nil {
			return cty.UnknownVal(cty.String), err
		}
		bits, ok := wholeNumber(args[1].AsBigFloat(), 0, 128)
		number, accuracy := args[2].AsBigFloat().Int(nil)
		if !ok || accuracy != 0 {
			return cty.UnknownVal(cty.String), errors.New("newbits must be a whole number from 0 to 128, and number a whole number")
		}
		subnet, err := cidr.SubnetBig(network, bits, number)
		if err != nil {
			return cty.UnknownVal(cty.String), err
		}
		return cty.StringVal(subnet.String()), nil
	},
})

var cidrSubnets = function.New(&function.Spec{
	Params:   []function.Parameter{prefixParam},
	VarParam: &function.Parameter{Name: "newbits", Type: cty.Number},
	Type:     function.StaticReturnType(cty.List(cty.String)),
	Impl: func(args []cty.Value, want cty.Type) (cty.Value, error) {
		network, err := parseNetwork(args[0])
		if err != nil {
			return cty.UnknownVal(want), err
		}
		subnets, err := consecutive(network, args[1:])
		if err != nil || len(subnets) == 0 {
			return cty.ListValEmpty(cty.String), err
		}
		return cty.ListVal(subnets), nil
	},
})

// consecutive cuts networks out of one, each right after the one before.
func consecutive(network *net.IPNet, newbits []cty.Value) ([]cty.Value, error) {
	length, size := network.Mask.Size()
	var subnets []cty.Value
	var current *net.IPNet
	for _, v := range newbits {
		bits, ok := wholeNumber(v.AsBigFloat(), 1, size-length)
		if !ok {
			return nil, fmt.Errorf("newbits must be a whole number from 1 to %d, for this prefix", size-length)
		}
		next, err := after(network, current, length+bits)
		if err != nil {
			return nil, err
		}
		current = next
		subnets = append(subnets, cty.StringVal(current.String()))
	}
	return subnets, nil
}

func after(network, current *net.IPNet, length int) (*net.IPNet, error) {
	if current == nil {
		prefix, _ := network.Mask.Size()
		return cidr.Subnet(network, length-prefix, 0)
	}
	next, rolledOver := cidr.NextSubnet(current, length)
	if rolledOver || !network.Contains(next.IP) {
		return nil, fmt.Errorf("%s has no room for one more network of /%d", network, length)
	}
	return next, nil
}

func parseNetwork(v cty.Value) (*net.IPNet, error) {
	_, network, err := net.ParseCIDR(v.AsString())
	return network, err
}
