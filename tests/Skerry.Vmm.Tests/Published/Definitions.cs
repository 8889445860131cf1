using static Skerry.Vmm.Tests.Published.ApiSchema;

namespace Skerry.Vmm.Tests.Published;

/// <summary>
/// What the two published definitions say of the operations that are used: src/firecracker/swagger/firecracker.yaml and
/// vmm/src/api/openapi/cloud-hypervisor.yaml. Members that are never sent are left out, so that sending one is a fault here.
/// </summary>
internal static class Definitions
{
    internal static ApiDefinition Firecracker { get; } = new()
    {
        ["PUT", "/machine-config"] = Object(("vcpu_count!", From(1, 32)), ("mem_size_mib!", Number)),
        ["PUT", "/boot-source"] = Object(("kernel_image_path!", Text), ("boot_args", Text), ("initrd_path", Text)),
        ["PUT", "/drives/{drive_id}"] = Object(
            ("drive_id!", Text), ("is_root_device!", Flag), ("is_read_only!", Flag), ("path_on_host!", Text), ("cache_type", OneOf("Unsafe", "Writeback"))),
        ["PUT", "/network-interfaces/{iface_id}"] = Object(("iface_id!", Text), ("host_dev_name!", Text), ("guest_mac", Text)),
        ["PUT", "/vsock"] = Object(("guest_cid!", From(3)), ("uds_path!", Text)),
        ["PUT", "/balloon"] = Object(("amount_mib!", Number), ("deflate_on_oom!", Flag), ("stats_polling_interval_s", Number)),
        ["PATCH", "/balloon"] = Object(("amount_mib!", Number)),
        ["GET", "/balloon/statistics"] = null,
        ["PUT", "/actions"] = Object(("action_type!", OneOf("FlushMetrics", "InstanceStart", "SendCtrlAltDel"))),
        ["PATCH", "/vm"] = Object(("state!", OneOf("Paused", "Resumed"))),
        ["PUT", "/snapshot/create"] = Object(("snapshot_path!", Text), ("mem_file_path!", Text)),
        ["PUT", "/snapshot/load"] = Object(("snapshot_path!", Text), ("mem_file_path", Text), ("resume_vm", Flag)),
    };

    internal static ApiDefinition CloudHypervisor { get; } = new()
    {
        ["PUT", "/api/v1/vm.create"] = Object(
            ("payload!", Object(("kernel", Text), ("initramfs", Text), ("cmdline", Text))),
            ("cpus", Object(("boot_vcpus!", From(1)), ("max_vcpus!", From(1)))),
            ("memory", Object(("size!", Number), ("shared", Flag))),
            ("disks", List(Object(("path", Text), ("readonly", Flag), ("serial", Text), ("id", Text), ("image_type", OneOf("FixedVhd", "Qcow2", "Raw", "Vhdx", "Unknown"))))),
            ("fs", List(Object(("tag!", Text), ("socket!", Text), ("num_queues!", Number), ("queue_size!", Number)))),
            ("balloon", Object(("size!", Number), ("deflate_on_oom", Flag), ("free_page_reporting", Flag))),
            ("serial", Object(("mode!", OneOf("Off", "Pty", "Tty", "File", "Socket", "Null")))),
            ("console", Object(("mode!", OneOf("Off", "Pty", "Tty", "File", "Socket", "Null")))),
            ("vsock", Object(("cid!", From(3)), ("socket!", Text)))),
        ["PUT", "/api/v1/vm.add-net"] = Object(("id", Text), ("mac", Text), ("num_queues", Number)),
        ["PUT", "/api/v1/vm.boot"] = null,
        ["PUT", "/api/v1/vm.pause"] = null,
        ["PUT", "/api/v1/vm.resume"] = null,
        ["PUT", "/api/v1/vm.resize"] = Object(("desired_balloon", Number)),
        ["GET", "/api/v1/vm.info"] = null,
    };
}
