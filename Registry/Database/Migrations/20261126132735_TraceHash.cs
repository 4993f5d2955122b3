using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Analytics.Registry.Database.Migrations
{
    /// <inheritdoc />
    public partial class TraceHash : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_requests_trace_id",
                table: "requests");

            migrationBuilder.CreateIndex(
                name: "ix_requests_trace_id",
                table: "requests",
                column: "trace_id")
                .Annotation("Npgsql:IndexMethod", "hash");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_requests_trace_id",
                table: "requests");

            migrationBuilder.CreateIndex(
                name: "ix_requests_trace_id",
                table: "requests",
                column: "trace_id");
        }
    }
}
