using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Skerry.Linux;
using Skerry.Vmm.Hold;

namespace Skerry.Vmm.Machines.Api;

/// <summary>
/// Calls of a VMM that is controlled by HTTP/1.1 and JSON on a Unix socket: one connection a call, each within a time. A VMM is not trusted once a
/// guest runs in it: what it answers is bounded, what is no answer is an error, and its words are shown without what a terminal would obey.
/// </summary>
/// <param name="name">The VMM's, for messages.</param>
/// <param name="path">Its socket.</param>
/// <param name="clock">For deadlines.</param>
internal sealed class VmmApi(string name, string path, TimeProvider clock)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(2);

    /// <summary>For one call that moves no memory.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Waits until the VMM, which was just started, listens.</summary>
    /// <exception cref="IOException">It does not within <see cref="Patience"/>.</exception>
    internal async Task Ready(CancellationToken cancel)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            try
            {
                await (await Rendezvous.Call(path, cancel).ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
                return;
            }
            catch (SocketException) when (clock.GetElapsedTime(began) < Patience)
            {
                await Task.Delay(s_pause, clock, cancel).ConfigureAwait(false);
            }
            catch (SocketException error)
            {
                throw new IOException($"{name} does not listen on its API socket after {Patience.TotalSeconds:0} s: {error.Message}", error);
            }
        }
    }

    /// <summary>Sends a document.</summary>
    /// <param name="method">PUT or PATCH.</param>
    /// <param name="place">The path of the URL.</param>
    /// <param name="document">The body.</param>
    /// <param name="type">How it is written.</param>
    /// <param name="cancel">Gives up.</param>
    /// <param name="files">Open files that go with it.</param>
    /// <param name="patience">For the answer; null: <see cref="Patience"/>.</param>
    /// <exception cref="IOException">The VMM refused it, with its own words; or gave no answer that could be understood.</exception>
    internal async Task Send<T>(string method, string place, T document, JsonTypeInfo<T> type, CancellationToken cancel, IReadOnlyList<FileDescriptor>? files = null, TimeSpan? patience = null) =>
        await Call(method, place, JsonSerializer.SerializeToUtf8Bytes(document, type), files ?? [], patience ?? Patience, cancel).ConfigureAwait(false);

    /// <summary>Has it do something that needs no document.</summary>
    /// <inheritdoc cref="Send"/>
    internal async Task Do(string place, CancellationToken cancel) => await Call("PUT", place, null, [], Patience, cancel).ConfigureAwait(false);

    /// <summary>Asks for a document.</summary>
    /// <inheritdoc cref="Send"/>
    internal async Task<T> Get<T>(string place, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        var body = await Call("GET", place, null, [], Patience, cancel).ConfigureAwait(false);
        try
        {
            return JsonSerializer.Deserialize(body.Span, type) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new IOException($"{name} answered GET {place} with what is no {typeof(T).Name}: {error.Message}", error);
        }
    }

    private async Task<ReadOnlyMemory<byte>> Call(string method, string place, byte[]? body, IReadOnlyList<FileDescriptor> files, TimeSpan patience, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        try
        {
            await using var connection = await Rendezvous.Call(path, either.Token).ConfigureAwait(false);
            var request = Request(method, place, body);
            if (files.Count > 0)
            {
                // They come with the first bytes (unix(7)); the server reads those and what is left as one request.
                DescriptorMail.SendWith(connection.Socket.SafeHandle, request.AsSpan(0, 1), [.. files]);
                request = request[1..];
            }

            await connection.WriteAsync(request, either.Token).ConfigureAwait(false);
            var answer = await VmmAnswer.Read(connection, either.Token).ConfigureAwait(false);
            return answer.IsGood ? answer.Body : throw new IOException($"{name} refused {method} {place} ({answer.Status}): {answer.Fault()}");
        }
        catch (OperationCanceledException error) when (limit.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            throw new IOException($"{name} gave no answer to {method} {place} within {patience.TotalSeconds:0.#} s", error);
        }
        catch (Exception error) when (error is SocketException or VmmAnswerException or LinuxException)
        {
            throw new IOException($"{name}, {method} {place}: {error.Message}", error);
        }
        catch (IOException error) when (error.InnerException is SocketException)
        {
            throw new IOException($"{name} closed its API socket before it answered {method} {place}", error);
        }
    }

    private static byte[] Request(string method, string place, byte[]? body)
    {
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"{method} {place} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n");
        if (body is not null)
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n");
        }

        return [.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. body ?? []];
    }
}
