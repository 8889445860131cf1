using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Network;

/// <summary>Calls of a virtual machine to its host by vsock(7).</summary>
public static class Vsock
{
    private const int F_SETFL = 4; // asm-generic/fcntl.h
    private const int O_NONBLOCK = 0x800;
    private const uint VMADDR_CID_HOST = 2;

    /// <summary>Calls a port of the host.</summary>
    /// <returns>The stream, which does not block; or null and the error: nobody answers there, or the machine has no such device.</returns>
    public static unsafe (FileDescriptor? Stream, Errno Error) TryCallHost(uint port)
    {
        var number = SocketCalls.Socket(VmSockets.AF_VSOCK, SocketCalls.SOCK_STREAM | SocketCalls.SOCK_CLOEXEC, 0);
        if (number < 0)
        {
            return (null, (Errno)Marshal.GetLastPInvokeError());
        }

        var socket = new FileDescriptor(number);
        var address = new VmSockets.sockaddr_vm { svm_family = VmSockets.AF_VSOCK, svm_cid = VMADDR_CID_HOST, svm_port = port };
        if (VmSockets.Connect(number, &address, (uint)sizeof(VmSockets.sockaddr_vm)) == 0 && Fcntl.Control(number, F_SETFL, O_NONBLOCK) == 0)
        {
            return (socket, default);
        }

        var error = (Errno)Marshal.GetLastPInvokeError();
        socket.Dispose();
        return (null, error);
    }
}
